"""Seats are bookings: held, paid, cancelled and paid back like any other."""

from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from tests.events.support import assert_invariants, evening, host, seat
from tests.factories.world import World, created, ok, problem
from tests.support.worker import Worker


async def test_seats_are_held_paid_and_cancelled(world: World, worker: Worker, session: AsyncSession) -> None:
    studio, customer = await world.studio(), await world.person()
    event = await host(studio)
    booking = await seat(customer, event, 2)
    assert (booking["status"], booking["event_id"], booking["seats"]) == ("pending", event["id"], 2)
    assert booking["total"] == {"amount": 3000, "currency": "GBP"}
    assert [item["kind"] for item in booking["items"]] == ["seat"]
    await world.pay(customer, booking)
    await worker.run()
    assert worker.mailbox.subjects(customer.email)[0].startswith("Your booking")
    assert (await ok(customer.get(f"/events/{event['id']}")))["seats_left"] == 1
    cancelled = await ok(customer.post(f"/bookings/{booking['id']}/cancel"))
    assert (cancelled["status"], cancelled["refund"]["amount"]) == ("cancelled", 3000)
    assert (await ok(customer.get(f"/events/{event['id']}")))["seats_left"] == 3
    await worker.run()
    await assert_invariants(session)


async def test_what_is_sold_out_is_not_sold(world: World) -> None:
    studio, first, second = await world.studio(), await world.person(), await world.person()
    event = await host(studio)
    await seat(first, event, 2)
    refusal = problem(await second.post(f"/events/{event['id']}/seats", {"seats": 2}), 409, "sold_out")
    assert refusal["seats_left"] == 1
    problem(await second.post(f"/events/{event['id']}/seats", {"seats": 0}), 422, "validation_failed")


async def test_a_hold_that_has_ended_makes_room_before_any_sweep(world: World, session: AsyncSession) -> None:
    studio, first, second = await world.studio(), await world.person(), await world.person()
    event = await host(studio, capacity=1)
    lapsed = await seat(first, event)
    await world.let_hold_end(lapsed)
    await seat(second, event)
    assert (await ok(first.get(f"/bookings/{lapsed['id']}")))["status"] == "expired"
    await assert_invariants(session)


async def test_a_late_payment_has_the_seat_or_goes_back(
    world: World, worker: Worker, session: AsyncSession
) -> None:
    studio, first, second = await world.studio(), await world.person(), await world.person()
    event = await host(studio, capacity=1)
    late = await seat(first, event)
    page = await first.post(f"/bookings/{late['id']}/checkout", {"gateway": "sandbox"})
    await world.let_hold_end(late)
    await worker.expire_holds()
    assert (await world.client.post(f"{page.json()['url']}/pay")).status_code == 303
    assert (await ok(first.get(f"/bookings/{late['id']}")))["status"] == "confirmed"
    problem(await second.post(f"/events/{event['id']}/seats"), 409, "sold_out")

    other = await host(studio, capacity=1, hour=12)
    late = await seat(first, other)
    page = await first.post(f"/bookings/{late['id']}/checkout", {"gateway": "sandbox"})
    await world.let_hold_end(late)
    await seat(second, other)
    assert (await world.client.post(f"{page.json()['url']}/pay")).status_code == 303
    assert (await ok(first.get(f"/bookings/{late['id']}")))["status"] == "expired"
    await worker.run()
    refunds = (await ok(first.get(f"/bookings/{late['id']}/payments")))["refunds"]
    assert [(refund["amount"]["amount"], refund["status"]) for refund in refunds] == [(1500, "succeeded")]
    await assert_invariants(session)


async def test_what_is_free_of_charge_is_confirmed_at_once(world: World, worker: Worker) -> None:
    studio, customer = await world.studio(), await world.person()
    event = await host(studio, seat_amount=0)
    booking = await seat(customer, event)
    assert (booking["status"], booking["expires_at"]) == ("confirmed", None)
    await worker.run()
    assert len(worker.mailbox.to(customer.email)) == 1
    problem(
        await customer.post(f"/bookings/{booking['id']}/checkout", {"gateway": "sandbox"}),
        409,
        "illegal_move",
    )


async def test_cancelling_an_event_pays_everybody_back_once(
    world: World, worker: Worker, session: AsyncSession
) -> None:
    studio = await world.studio(policy="strict")
    event = await host(studio, days_ahead=2)
    payer, holder = await world.person(), await world.person()
    paid = await seat(payer, event)
    await world.pay(payer, paid)
    held = await seat(holder, event)
    assert (await ok(studio.owner.post(f"/events/{event['id']}/cancel")))["status"] == "cancelled"
    problem(await studio.owner.post(f"/events/{event['id']}/cancel"), 409, "event_cancelled")
    problem(await payer.post(f"/events/{event['id']}/seats"), 409, "event_cancelled")
    await worker.run()
    await session.execute(text("DELETE FROM event_handlings"))  # the broker delivers everything again
    await session.execute(text("UPDATE outbox SET sent_at = NULL WHERE name = 'events.EventCancelled'"))
    await worker.run()
    refunds = (await ok(payer.get(f"/bookings/{paid['id']}/payments")))["refunds"]
    assert [refund["amount"]["amount"] for refund in refunds] == [1500]
    for person, booking in ((payer, paid), (holder, held)):
        assert (await ok(person.get(f"/bookings/{booking['id']}")))["status"] == "cancelled"
    subjects = worker.mailbox.subjects(payer.email)
    assert [subject for subject in subjects if "is cancelled" in subject] == ["Drum clinic is cancelled"]
    await assert_invariants(session)


async def test_more_seats_than_a_batch_are_cancelled(
    world: World, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("src.bookings.seats.cancelling.BATCH", 2)
    studio = await world.studio()
    event = await host(studio, capacity=5)
    people = [await world.person() for _ in range(5)]
    bookings = [await seat(person, event) for person in people]
    await ok(studio.owner.post(f"/events/{event['id']}/cancel"))
    await worker.run()
    for person, booking in zip(people, bookings, strict=True):
        assert (await ok(person.get(f"/bookings/{booking['id']}")))["status"] == "cancelled"


async def test_who_has_a_seat_follows_the_event_and_may_go_for_nothing(
    world: World, worker: Worker, session: AsyncSession
) -> None:
    studio, customer = await world.studio(policy="strict"), await world.person()
    event = await host(studio, days_ahead=3)
    booking = await seat(customer, event)
    await world.pay(customer, booking)
    moved = evening(studio, days_ahead=2, hour=12)
    times = {"starts_at": moved["starts_at"], "ends_at": moved["ends_at"]}
    event = await ok(studio.owner.patch(f"/events/{event['id']}", times))
    await worker.run()
    followed = await ok(customer.get(f"/bookings/{booking['id']}"))
    assert followed["starts_at"] == event["starts_at"]
    assert any("has another time" in subject for subject in worker.mailbox.subjects(customer.email))
    cancelled = await ok(customer.post(f"/bookings/{booking['id']}/cancel"))
    assert cancelled["refund"]["amount"] == 1500
    await worker.run()
    await assert_invariants(session)


async def test_who_pays_too_late_for_an_event_that_has_moved_meanwhile_gets_it_all_back(
    world: World, worker: Worker, session: AsyncSession
) -> None:
    """Nobody has agreed to the new time, and nobody would move this booking to it."""
    studio, customer = await world.studio(), await world.person()
    event = await host(studio)
    booking = await seat(customer, event)
    page = await created(customer.post(f"/bookings/{booking['id']}/checkout", {"gateway": "sandbox"}))
    await world.let_hold_end(booking)
    await worker.expire_holds()
    moved = evening(studio, hour=12)
    times = {"starts_at": moved["starts_at"], "ends_at": moved["ends_at"]}
    await ok(studio.owner.patch(f"/events/{event['id']}", times))
    assert (await world.client.post(f"{page['url']}/pay")).status_code == 303
    assert (await ok(customer.get(f"/bookings/{booking['id']}")))["status"] == "expired"
    assert (await ok(customer.get(f"/events/{event['id']}")))["seats_left"] == 3
    await worker.run()
    refunds = (await ok(customer.get(f"/bookings/{booking['id']}/payments")))["refunds"]
    assert [refund["amount"]["amount"] for refund in refunds] == [1500]
    await assert_invariants(session)


async def test_who_is_missed_is_not_checked_in_before_that_is_taken_back(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    event = await host(studio, seat_amount=0)
    booking = await seat(customer, event)
    check_in = f"/events/{event['id']}/attendees/{booking['id']}/check-in"
    await world.let_it_begin(booking)
    await ok(studio.owner.post(f"/bookings/{booking['id']}/no-show"))
    problem(await studio.owner.post(check_in), 409, "illegal_move")
    await ok(studio.owner.post(f"/bookings/{booking['id']}/no-show/take-back"))
    await world.let_it_end(booking)
    await ok(studio.owner.post(f"/bookings/{booking['id']}/complete"))
    assert (await ok(studio.owner.post(check_in)))["checked_in_at"] is not None, "written down afterwards"


async def test_for_what_is_free_of_charge_no_money_can_be_taken(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    booking = await seat(customer, await host(studio, seat_amount=0))
    body = {"booking_id": booking["id"], "method": "cash", "amount": 1}
    problem(await studio.owner.post("/payments", body), 409, "illegal_move")


async def test_attendees_are_listed_and_checked_in(world: World) -> None:
    studio, customer, stranger = await world.studio(), await world.person(), await world.person()
    event = await host(studio)
    held, paid = await seat(stranger, event), await seat(customer, event)
    await world.pay(customer, paid)
    await ok(customer.patch("/users/me", {"firstname": "=1+1", "lastname": "Evil"}))
    path = f"/events/{event['id']}/attendees"
    page = await ok(studio.owner.get(path))
    assert [(one["booking_id"], one["checked_in_at"]) for one in page["items"]] == [(paid["id"], None)]
    table = await studio.owner.get(path, headers={"Accept": "text/csv"})
    assert table.headers["content-type"].startswith("text/csv")
    assert "'=1+1 Evil" in table.text
    problem(await stranger.get(path), 403, "permission_missing")
    problem(await stranger.post(f"{path}/{paid['id']}/check-in"), 403, "permission_missing")
    arrived = await ok(studio.owner.post(f"{path}/{paid['id']}/check-in"))
    assert arrived["checked_in_at"] is not None
    assert (await ok(studio.owner.post(f"{path}/{paid['id']}/check-in"))) == arrived
    problem(await studio.owner.post(f"{path}/{held['id']}/check-in"), 404, "attendee_not_found")


async def test_a_check_in_is_taken_back_and_the_trail_keeps_its_time(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    event = await host(studio, seat_amount=0)
    booking = await seat(customer, event)
    path = f"/events/{event['id']}/attendees/{booking['id']}/check-in"
    arrived = await ok(studio.owner.post(path))
    problem(await customer.delete(path), 403, "permission_missing")
    for _ in range(2):
        assert (await ok(studio.owner.delete(path)))["checked_in_at"] is None
    trail = await ok(
        studio.owner.get(f"/companies/{studio.company['id']}/audit?action=booking.check_in_undone")
    )
    (entry,) = trail["items"]
    before = entry["changes"]["checked_in_at"]["before"]
    assert datetime.fromisoformat(before) == datetime.fromisoformat(arrived["checked_in_at"])
    assert (await ok(studio.owner.post(path)))["checked_in_at"] is not None
    other = await host(studio, days_ahead=31)
    problem(
        await studio.owner.delete(f"/events/{other['id']}/attendees/{booking['id']}/check-in"),
        404, "attendee_not_found",
    )  # fmt: skip


async def test_seats_are_not_moved_to_another_time(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    booking = await seat(customer, await host(studio, seat_amount=0))
    body = {
        "starts_at": evening(studio, hour=12)["starts_at"],
        "ends_at": evening(studio, hour=12)["ends_at"],
    }
    problem(await customer.post(f"/bookings/{booking['id']}/reschedule", body), 409, "not_movable")
