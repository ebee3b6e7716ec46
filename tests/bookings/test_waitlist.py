"""What is given back goes to the first in line, as a hold with a deadline; then to the next."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings.waitlist import offering
from src.bookings.waitlist.handlers import offer_terms
from src.core.identity import Role
from tests.bookings.test_add_ons import engineer, rent_out
from tests.events.support import assert_invariants, host, seat
from tests.factories.world import Person, World, created, ok, problem, wish
from tests.support.worker import Worker


async def status_of(person: Person) -> tuple[str, int | None]:
    entry = (await ok(person.get("/waitlist")))["items"][0]
    return entry["status"], entry["booking_id"]


async def test_the_first_in_line_gets_an_offer_and_then_the_next(
    world: World, worker: Worker, session: AsyncSession
) -> None:
    studio, holder, first, second = await world.studio(), *[await world.person() for _ in range(3)]
    problem(await first.post("/waitlist", wish(studio)), 409, "still_free")
    booking = await world.held_booking(studio, holder)
    for person in (first, second):
        await created(person.post("/waitlist", wish(studio)))
    problem(await first.post("/waitlist", wish(studio)), 409, "already_waiting")
    await ok(holder.post(f"/bookings/{booking['id']}/cancel"))
    await worker.run()
    status, offered = await status_of(first)
    assert status == "offered"
    assert await status_of(second) == ("waiting", None)
    hold = await ok(first.get(f"/bookings/{offered}"))
    assert hold["status"] == "pending"
    left = datetime.fromisoformat(hold["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=115) < left <= timedelta(hours=2)
    assert worker.mailbox.subjects(first.email)[-1].startswith("It is your turn")

    await world.let_hold_end(hold)
    await worker.expire_holds()
    await worker.run()
    assert (await status_of(first))[0] == "passed"
    status, offered = await status_of(second)
    assert status == "offered"
    await world.pay(second, {"id": offered})
    await worker.run()
    assert (await status_of(second))[0] == "taken"
    await assert_invariants(session)


async def test_an_offer_is_declined_by_leaving(world: World, worker: Worker) -> None:
    studio, holder, first, second = await world.studio(), *[await world.person() for _ in range(3)]
    booking = await world.held_booking(studio, holder)
    entries = [await created(person.post("/waitlist", wish(studio))) for person in (first, second)]
    await ok(holder.post(f"/bookings/{booking['id']}/cancel"))
    await worker.run()
    problem(await second.delete(f"/waitlist/{entries[0]['id']}"), 404, "waitlist_entry_not_found")
    assert (await first.delete(f"/waitlist/{entries[0]['id']}")).status_code == 204
    await worker.run()
    assert (await status_of(first))[0] == "left"
    assert (await status_of(second))[0] == "offered"


async def test_what_is_paid_already_is_not_cancelled_by_leaving(world: World, worker: Worker) -> None:
    studio, holder, first = await world.studio(), await world.person(), await world.person()
    booking = await world.held_booking(studio, holder)
    entry = await created(first.post("/waitlist", wish(studio)))
    await ok(holder.post(f"/bookings/{booking['id']}/cancel"))
    await worker.run()
    _, offered = await status_of(first)
    await world.pay(first, {"id": offered})  # of which no worker has heard yet
    problem(await first.delete(f"/waitlist/{entry['id']}"), 409, "illegal_move")
    assert (await ok(first.get(f"/bookings/{offered}")))["status"] == "confirmed"


async def test_an_offer_that_has_run_out_is_left_too(world: World, worker: Worker) -> None:
    studio, holder, first = await world.studio(), await world.person(), await world.person()
    booking = await world.held_booking(studio, holder)
    entry = await created(first.post("/waitlist", wish(studio)))
    await ok(holder.post(f"/bookings/{booking['id']}/cancel"))
    await worker.run()
    _, offered = await status_of(first)
    await world.let_hold_end({"id": offered})
    assert (await first.delete(f"/waitlist/{entry['id']}")).status_code == 204
    assert (await status_of(first))[0] == "left"


async def test_nothing_is_offered_to_whoever_is_deactivated(world: World, worker: Worker) -> None:
    studio, holder, first, second = await world.studio(), *[await world.person() for _ in range(3)]
    admin = await world.person(role=Role.ADMIN)
    booking = await world.held_booking(studio, holder)
    for person in (first, second):
        await created(person.post("/waitlist", wish(studio)))
    await ok(admin.patch(f"/users/{first.id}", {"is_active": False}))
    await ok(holder.post(f"/bookings/{booking['id']}/cancel"))
    await worker.run()
    assert (await status_of(second))[0] == "offered"


async def test_the_whole_wish_has_to_be_free(world: World, worker: Worker) -> None:
    studio, holder, long, short = await world.studio(), *[await world.person() for _ in range(3)]
    early = await world.held_booking(studio, holder, hour=12)
    await world.held_booking(studio, holder, hour=14)
    await created(long.post("/waitlist", wish(studio, hours=4)))
    await created(short.post("/waitlist", wish(studio)))
    await ok(holder.post(f"/bookings/{early['id']}/cancel"))
    await worker.run()
    assert await status_of(long) == ("waiting", None)
    assert (await status_of(short))[0] == "offered"


async def test_what_is_to_come_with_the_room_is_waited_for_and_offered_with_it(
    world: World, worker: Worker, session: AsyncSession
) -> None:
    studio, holder, waiting = await world.studio(), await world.person(), await world.person()
    second, mic, (_, named) = await world.room(studio), await rent_out(studio), await engineer(world, studio)
    wanted = wish(studio) | {"equipment_ids": [mic], "professional": named}
    problem(await waiting.post("/waitlist", wanted), 409, "still_free")
    room = await world.held_booking(studio, holder)
    elsewhere = await created(holder.post("/bookings", wish(second) | {"professional": named}))
    entry = await created(waiting.post("/waitlist", wanted))
    assert (entry["equipment_ids"], entry["professional"]) == ([mic], named)
    await ok(holder.post(f"/bookings/{room['id']}/cancel"))
    await worker.run()
    assert await status_of(waiting) == ("waiting", None), "the room alone is not what was wished for"
    await ok(holder.post(f"/bookings/{elsewhere['id']}/cancel"))
    await worker.run()
    status, offered = await status_of(waiting)
    assert status == "offered"
    assert [(item["kind"], item["amount"]) for item in (await ok(waiting.get(f"/bookings/{offered}")))["items"]] == [
        ("room", 10_000), ("equipment", 1000), ("service", 8000)]  # fmt: skip
    await assert_invariants(session)


async def test_who_waits_only_for_an_engineer_is_not_told_to_book_the_room(
    world: World, worker: Worker
) -> None:
    studio, holder, waiting = await world.studio(), await world.person(), await world.person()
    second, (_, named) = await world.room(studio), await engineer(world, studio)
    elsewhere = await created(holder.post("/bookings", wish(second) | {"professional": named}))
    await created(waiting.post("/waitlist", wish(studio) | {"professional": named}))
    await ok(holder.post(f"/bookings/{elsewhere['id']}/cancel"))
    await worker.run()
    assert (await status_of(waiting))[0] == "offered"


async def test_a_wish_for_what_is_let_no_more_lapses(world: World, worker: Worker) -> None:
    studio, holder, waiting = await world.studio(), await world.person(), await world.person()
    _, named = await engineer(world, studio)
    booking = await world.held_booking(studio, holder)
    await created(waiting.post("/waitlist", wish(studio) | {"professional": named}))
    await ok(studio.owner.put(f"/team/{named['member_id']}/services", {"services": []}))
    await ok(holder.post(f"/bookings/{booking['id']}/cancel"))
    await worker.run()
    assert await status_of(waiting) == ("lapsed", None)


async def test_a_block_that_goes_and_an_event_that_is_cancelled_make_room(
    world: World, worker: Worker
) -> None:
    studio, first, second = await world.studio(), await world.person(), await world.person()
    times = {key: value for key, value in wish(studio).items() if key != "room_id"}
    block = await created(studio.owner.post(f"/rooms/{studio.room_id}/blocks", times))
    event = await host(studio)
    await created(first.post("/waitlist", wish(studio)))
    await created(second.post("/waitlist", wish(studio, hour=18)))
    assert (await studio.owner.delete(f"/rooms/{studio.room_id}/blocks/{block['id']}")).status_code == 204
    await ok(studio.owner.post(f"/events/{event['id']}/cancel"))
    await worker.run()
    assert (await status_of(first))[0] == "offered"
    assert (await status_of(second))[0] == "offered"


async def test_seats_too(world: World, worker: Worker, session: AsyncSession) -> None:
    studio, holder, pair, single = await world.studio(), *[await world.person() for _ in range(3)]
    event = await host(studio, capacity=2)
    problem(await pair.post("/waitlist", {"event_id": event["id"], "seats": 2}), 409, "still_free")
    booked = [await seat(holder, event) for _ in range(2)]
    await created(pair.post("/waitlist", {"event_id": event["id"], "seats": 2}))
    await created(single.post("/waitlist", {"event_id": event["id"]}))
    await ok(holder.post(f"/bookings/{booked[0]['id']}/cancel"))
    await worker.run()
    assert await status_of(pair) == ("waiting", None)
    status, offered = await status_of(single)
    assert status == "offered"
    assert (await ok(single.get(f"/bookings/{offered}")))["seats"] == 1
    await ok(studio.owner.patch(f"/events/{event['id']}", {"capacity": 4}))
    await worker.run()
    assert (await status_of(pair))[0] == "offered"
    await assert_invariants(session)
    await ok(studio.owner.post(f"/events/{event['id']}/cancel"))
    await worker.run()
    assert (await status_of(pair))[0] == "passed"


async def test_the_sweep_finds_what_nobody_told_and_the_past_lapses(
    world: World, session: AsyncSession
) -> None:
    studio, holder, first, late = await world.studio(), *[await world.person() for _ in range(3)]
    await world.held_booking(studio, holder)
    await created(first.post("/waitlist", wish(studio)))
    await created(late.post("/waitlist", wish(studio)))
    await session.execute(text("UPDATE bookings SET status = 'cancelled'"))
    await session.execute(text("DELETE FROM occupancies"))
    past = "UPDATE waitlist_entries SET starts_at = now() - interval '1 hour' WHERE customer_id = :id"
    await session.execute(text(past), {"id": late.id})
    assert await offering.sweep(session, terms=offer_terms()) == 1
    assert await offering.sweep(session, terms=offer_terms()) == 0
    assert (await status_of(first))[0] == "offered"
    assert (await status_of(late))[0] == "lapsed"


async def test_wishes_are_checked(world: World) -> None:
    studio, person = await world.studio(), await world.person()
    bodies: list[dict[str, Any]] = [
        {},
        {"room_id": studio.room_id},
        {"event_id": 1, "room_id": 1},
        {"seats": 1},
    ]
    for body in bodies:
        problem(await person.post("/waitlist", body), 422, "validation_failed")
    problem(await person.post("/waitlist", {"event_id": 999_999}), 404, "event_not_found")
    problem(await person.post("/waitlist", wish(studio, hour=23)), 422, "outside_opening_hours")
