"""What happens to a company's bookings reaches its integrators: signed, again until it is taken, logged."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from standardwebhooks import WebhookVerificationError

from src.core.clock import utc_now
from src.core.identity import Role
from src.core.outbound import Answer, Outbound
from src.teams.enums import TeamRole
from src.webhooks import delivery, repository
from src.webhooks.delivery import PAUSES
from tests.appointments.support import book, receive, set_status
from tests.factories.world import ok, problem
from tests.payments.payouts.support import pay_out, take_place


def path(endpoint: dict[str, Any], *more: object) -> str:
    return "/".join([f"/companies/{endpoint['company_id']}/webhooks/{endpoint['id']}", *map(str, more)])


async def deliveries(studio, endpoint, **query) -> list[dict[str, Any]]:
    page = await ok(studio.owner.get(path(endpoint, "deliveries"), params=query))
    items: list[dict[str, Any]] = page["items"]
    return items


async def test_a_booking_is_told_as_it_goes_on(world, studio, subscribe, receiver, worker):
    endpoint = await subscribe()
    customer = await world.person()
    booking = await world.paid_booking(studio, customer)
    await worker.run()
    await ok(customer.post(f"/bookings/{booking['id']}/cancel", {"reason": "ill"}))
    await worker.run()

    told = [one.verified(endpoint["secret"]) for one in receiver.received]
    assert [one["type"] for one in told] == ["booking.confirmed", "booking.cancelled"]
    data = told[1]["data"]
    assert (data["id"], data["reference"], data["status"]) == (
        booking["id"],
        booking["reference"],
        "cancelled",
    )
    assert (data["room_id"], data["company_id"]) == (studio.room_id, studio.company["id"])
    assert (data["timezone"], data["total"]) == ("Europe/London", {"amount": 10000, "currency": "GBP"})
    # Nothing about the person who booked.
    content = b"".join(one.body for one in receiver.received).decode()
    assert "Mira" not in content
    assert customer.email not in content

    assert [one["status"] for one in await deliveries(studio, endpoint)] == ["delivered"] * 2


async def test_the_signature_is_of_this_body_and_this_secret(subscribe, studio, receiver, worker):
    endpoint, other = await subscribe(), await subscribe()
    await studio.owner.post(path(endpoint, "ping"))
    await worker.run()
    (received,) = receiver.received
    assert received.verified(endpoint["secret"])["data"] == {"endpoint_id": endpoint["id"]}
    with pytest.raises(WebhookVerificationError):
        received.verified(other["secret"])


async def test_only_what_is_wanted_is_sent_and_only_of_this_company(
    world, studio, subscribe, receiver, worker
):
    await subscribe("booking.cancelled")
    elsewhere = await world.studio()
    customer = await world.person()
    await world.paid_booking(studio, customer)
    booking = await world.paid_booking(elsewhere, customer)
    await ok(customer.post(f"/bookings/{booking['id']}/cancel", {}))
    await worker.run()
    assert receiver.received == []


async def test_studios_and_events_are_told_too(world, studio, subscribe, receiver, worker):
    endpoint = await subscribe("studio.unpublished", "event.cancelled")
    day = (utc_now() + timedelta(days=20)).date().isoformat()
    evening = {"room_id": studio.room_id, "title": "Clinic", "capacity": 4, "seat_amount": 0}
    span = {"starts_at": f"{day}T18:00", "ends_at": f"{day}T20:00"}
    event = (await studio.owner.post("/events", evening | span)).json()
    await studio.owner.post(f"/events/{event['id']}/cancel")
    await ok(studio.owner.patch(f"/addresses/{studio.address['id']}", {"status": "draft"}))
    await worker.run()
    told = [one.verified(endpoint["secret"]) for one in receiver.received]
    assert {one["type"]: (one["data"]["id"], one["data"]["status"]) for one in told} == {
        "event.cancelled": (event["id"], "cancelled"),
        "studio.unpublished": (studio.address["id"], "draft"),
    }


async def test_visits_are_told_too(world, studio, subscribe, receiver, worker):
    await receive(studio)
    endpoint = await subscribe()
    customer = await world.person()
    visit = await book(studio, customer)
    await worker.run()
    await ok(set_status(studio.owner, visit, "confirmed"))
    await worker.run()
    told = [one.verified(endpoint["secret"]) for one in receiver.received]
    assert [(one["type"], one["data"]["status"]) for one in told] == [
        ("appointment.requested", "requested"),
        ("appointment.confirmed", "confirmed"),
    ]


async def test_money_that_leaves_is_told_too(world, studio, subscribe, receiver, worker):
    endpoint = await subscribe("payout.sent")
    admin = await world.person(role=Role.ADMIN)
    await take_place(world, worker, await world.paid_booking(studio, await world.person()))
    await pay_out(worker)
    [payout] = (await ok(admin.get("/payouts")))["items"]
    paid = f"/companies/{studio.company['id']}/payouts/{payout['id']}/mark-paid"
    await ok(admin.post(paid, {"note": "Bank transfer 344"}))
    await worker.run()
    [told] = [one.verified(endpoint["secret"]) for one in receiver.received]
    assert (told["type"], told["data"]) == (
        "payout.sent",
        {
            "id": payout["id"],
            "company_id": studio.company["id"],
            "amount": {"amount": 9000, "currency": "GBP"},
        },
    )


async def test_what_is_not_taken_is_sent_again_with_the_same_id_and_body_until_it_is(
    studio, subscribe, receiver, worker, let_pass
):
    endpoint = await subscribe()
    receiver.statuses = [500, 302, None]
    await studio.owner.post(path(endpoint, "ping"))
    for _ in range(5):
        await worker.run()
        await let_pass()
    assert len(receiver.received) == 4
    assert len({(one.id, one.body) for one in receiver.received}) == 1

    (listed,) = await deliveries(studio, endpoint)
    assert (listed["status"], listed["attempts"], listed["due_at"]) == ("delivered", 4, None)
    whole = await ok(studio.owner.get(path(endpoint, "deliveries", listed["id"])))
    assert [one["status_code"] for one in whole["log"]] == [500, 302, None, 204]
    assert whole["log"][0]["response"] == "thank you"
    assert "Unreachable" in whole["log"][2]["problem"]
    assert whole["payload"] == receiver.received[0].verified(endpoint["secret"])


async def test_it_waits_longer_each_time_and_gives_up_after_three_days(
    studio, subscribe, receiver, worker, database, let_pass
):
    endpoint = await subscribe()
    receiver.status = 500
    await studio.owner.post(path(endpoint, "ping"))
    waits = []
    for _ in PAUSES:
        await worker.run()
        (listed,) = await deliveries(studio, endpoint)
        last = (await ok(studio.owner.get(path(endpoint, "deliveries", listed["id"]))))["log"][-1]
        async with database.transaction() as session:
            due = await session.scalar(text("SELECT due_at FROM webhook_deliveries"))
        waits.append((due - datetime.fromisoformat(last["attempted_at"])) / timedelta(seconds=1))
        await let_pass()
    assert waits == pytest.approx([pause.total_seconds() for pause in PAUSES], rel=0.11)
    assert sum(waits) > 3 * 24 * 3600 * 0.9
    await worker.run()
    (listed,) = await deliveries(studio, endpoint, status="failed")
    assert listed["attempts"] == len(PAUSES) + 1


async def test_what_was_given_up_or_taken_is_replayed_as_it_was(
    studio, subscribe, receiver, worker, database
):
    endpoint = await subscribe()
    await studio.owner.post(path(endpoint, "ping"))
    await worker.run()
    (listed,) = await deliveries(studio, endpoint)
    again = await ok(studio.owner.post(path(endpoint, "deliveries", listed["id"], "replay")))
    assert (again["status"], again["attempts"]) == ("pending", 0)
    await worker.run()
    first, second = receiver.received
    assert (first.id, first.body) == (second.id, second.body)

    async with database.transaction() as session:
        await session.execute(text("UPDATE webhook_deliveries SET status = 'failed'"))
    later = {"since": (utc_now() + timedelta(hours=1)).isoformat()}
    earlier = {"since": (utc_now() - timedelta(hours=1)).isoformat()}
    assert await ok(studio.owner.post(path(endpoint, "replay-failed"), later)) == {"replayed": 0}
    assert await ok(studio.owner.post(path(endpoint, "replay-failed"), earlier)) == {"replayed": 1}
    await worker.run()
    assert len(receiver.received) == 3


async def test_an_endpoint_that_is_gone_is_disabled_and_its_owner_told(
    world, studio, subscribe, receiver, worker, mailbox
):
    manager, _ = await world.member(studio, TeamRole.MANAGER)
    endpoint = await subscribe()
    receiver.status = 410
    await studio.owner.post(path(endpoint, "ping"))
    await worker.run()
    await worker.run()
    shown = await ok(studio.owner.get(path(endpoint)))
    assert (shown["is_enabled"], shown["disabled_reason"]) == (False, "gone")
    assert mailbox.subjects(studio.owner.email) == ["A webhook of your company is disabled"]
    [told] = (await ok(studio.owner.get("/notifications")))["items"]
    assert (told["kind"], told["body"]) == (
        "studio_webhook_disabled",
        f"{endpoint['url']} gets no events any more.",
    )
    assert (await ok(manager.get("/notifications")))["items"] == []
    problem(await studio.owner.post(path(endpoint, "ping")), 409, "webhook_endpoint_disabled")

    enabled = await ok(studio.owner.patch(path(endpoint), {"is_enabled": True}))
    assert (enabled["is_enabled"], enabled["failing_since"]) == (True, None)


async def test_five_days_without_a_2xx_disable_it_and_one_ends_the_count(
    studio, subscribe, receiver, worker, database, let_pass
):
    endpoint = await subscribe()

    async def ping(status: int) -> dict[str, Any]:
        receiver.status = status
        await studio.owner.post(path(endpoint, "ping"))
        await worker.run()
        async with database.transaction() as session:
            await session.execute(
                text("UPDATE webhook_endpoints SET failing_since = failing_since - interval '3 days'")
            )
        return await ok(studio.owner.get(path(endpoint)))

    assert (await ping(503))["failing_since"] is not None
    assert (await ping(200))["failing_since"] is None
    await ping(503)
    assert (await ping(503))["is_enabled"]
    assert (await ping(503))["disabled_reason"] == "failing"
    assert {one["status"] for one in await deliveries(studio, endpoint)} == {"failed", "delivered"}


async def test_while_a_secret_is_replaced_both_sign(studio, subscribe, receiver, worker, database):
    endpoint = await subscribe()
    secret = (await ok(studio.owner.post(path(endpoint, "rotate-secret"))))["secret"]
    assert secret != endpoint["secret"]
    await studio.owner.post(path(endpoint, "ping"))
    await worker.run()
    assert receiver.received[0].verified(secret) == receiver.received[0].verified(endpoint["secret"])

    async with database.transaction() as session:
        await session.execute(text("UPDATE webhook_endpoints SET previous_secret_until = now()"))
    await studio.owner.post(path(endpoint, "ping"))
    await worker.run()
    assert receiver.received[1].verified(secret)
    with pytest.raises(WebhookVerificationError):
        receiver.received[1].verified(endpoint["secret"])


async def test_an_endpoint_that_hangs_keeps_no_other_waiting(
    studio, subscribe, database, lenient, monkeypatch
):
    """Few of its deliveries take a place in the batch, and the others are sent beside them."""
    slow, quick = await subscribe(url="http://127.0.0.1:1/slow"), await subscribe()
    for _ in range(delivery.MOST_OF_ENDPOINT + 3):
        await studio.owner.post(path(slow, "ping"))
    await studio.owner.post(path(quick, "ping"))
    released = asyncio.Event()

    async def post(_: Outbound, url: str, **__: Any) -> Answer:
        if url.endswith("/slow"):
            await released.wait()
        else:
            released.set()
        return Answer(204, {}, b"")

    monkeypatch.setattr(Outbound, "post", post)
    sent = await asyncio.wait_for(delivery.deliver_due(database, settings=lenient), 5)
    assert sent == delivery.MOST_OF_ENDPOINT + 1


async def test_a_worker_that_dies_leaves_its_deliveries_to_the_next(
    studio, subscribe, receiver, worker, database, let_pass
):
    endpoint = await subscribe()
    await studio.owner.post(path(endpoint, "ping"))
    async with database.transaction() as session:
        leased = await repository.lease(session, limit=9, most_of_endpoint=9, lease=delivery.LEASE)
    assert len(leased) == 1
    await worker.run()
    assert receiver.received == []
    await let_pass(hours=0.1)
    await worker.run()
    assert len(receiver.received) == 1


async def test_a_secret_that_cannot_be_opened_is_a_failed_try(studio, subscribe, receiver, worker, database):
    endpoint = await subscribe()
    async with database.transaction() as session:
        await session.execute(text("UPDATE webhook_endpoints SET secret = 'lost.AAAA'"))
    await studio.owner.post(path(endpoint, "ping"))
    await worker.run()
    (listed,) = await deliveries(studio, endpoint)
    whole = await ok(studio.owner.get(path(endpoint, "deliveries", listed["id"])))
    assert "SecretUnreadable" in whole["log"][0]["problem"]
    assert receiver.received == []


async def test_the_log_ends_after_its_days_but_not_before_what_waits(
    studio, subscribe, receiver, worker, database
):
    endpoint = await subscribe()
    await studio.owner.post(path(endpoint, "ping"))
    await worker.run()
    receiver.status = 500
    await studio.owner.post(path(endpoint, "ping"))
    await worker.run()
    async with database.transaction() as session:
        await session.execute(text("UPDATE webhook_messages SET created_at = now() - interval '31 days'"))
        assert await repository.forget_messages(session, older_than=timedelta(days=30)) == 1
    assert [one["status"] for one in await deliveries(studio, endpoint)] == ["pending"]
