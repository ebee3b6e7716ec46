"""A booking moves with all that comes with it: room, professional and equipment in one claim, or not at all."""

import pytest
from sqlalchemy import text

from src import invariants
from tests.bookings.test_add_ons import engineer, rent_out
from tests.bookings.test_cancellation import pounds
from tests.bookings.test_rescheduling import at, path
from tests.factories.world import created, ok, problem, wish


@pytest.fixture
async def studio(world):
    return await world.studio()


@pytest.fixture
async def customer(world):
    return await world.person()


@pytest.fixture
async def mic(studio):
    return await rent_out(studio)


@pytest.fixture
async def named(world, studio):
    return (await engineer(world, studio))[1]


@pytest.fixture
async def booking(world, studio, customer, mic, named):
    """From 12 to 14: the room for 100.00, a microphone for 10.00, an engineer for 80.00; paid."""
    body = wish(studio) | {"equipment_ids": [mic], "professional": named}
    held = await created(customer.post("/bookings", body))
    await world.pay(customer, held)
    return await ok(customer.get(f"/bookings/{held['id']}"))


@pytest.fixture(autouse=True)
async def nothing_is_broken(worker, session):
    yield
    await worker.run()
    assert await invariants.check(session) == {}


async def spans(session):
    """Hours that are taken, by how many resources."""
    query = text(
        "SELECT extract(hour FROM starts_at)::int, extract(hour FROM ends_at)::int, count(*) FROM occupancies"
        " WHERE expires_at IS NULL OR expires_at > clock_timestamp() GROUP BY 1, 2 ORDER BY 1"
    )
    return [tuple(row) for row in await session.execute(query)]


def amounts(booking):
    return [(item["kind"], item["amount"]) for item in booking["items"]]


@pytest.mark.parametrize("hour", [16, 13], ids=["elsewhere", "an hour later"])
async def test_all_of_it_moves_in_one_claim(session, studio, customer, booking, hour):
    moved = await ok(customer.post(path(booking, "/reschedule"), at(studio, hour)))
    assert moved["proposal"] is None
    assert moved["booking"]["items"] == booking["items"]
    assert await spans(session) == [(hour, hour + 2, 3)]


@pytest.mark.parametrize("extra", ["equipment", "professional"])
async def test_one_thing_that_is_taken_leaves_everything_where_it_was(
    world, session, studio, customer, booking, mic, named, extra
):
    body = {"equipment_ids": [mic]} if extra == "equipment" else {"professional": named}
    label = {"equipment_id": mic} if extra == "equipment" else {"member_id": named["member_id"]}
    second = await world.room(studio)
    await created((await world.person()).post("/bookings", wish(second, hour=15) | body))
    for hours in (2, 4):  # at once, and dearer: held until it is paid
        answer = await customer.post(path(booking, "/reschedule"), at(studio, 14, hours=hours))
        assert problem(answer, 409, "add_on_taken")["add_ons"] == [label]
    assert await spans(session) == [(12, 14, 3), (15, 17, 2)]
    assert await ok(customer.get(path(booking))) == booking


async def test_ones_own_time_is_no_obstacle_to_a_longer_one(world, session, studio, customer, booking):
    asked = await ok(customer.post(path(booking, "/reschedule"), at(studio, 13, hours=3)))
    assert (asked["proposal"]["total"], asked["proposal"]["due"]) == (pounds(28_500), pounds(9500))
    assert await spans(session) == [(12, 14, 3), (14, 16, 3)], (
        "held with it: only what it doesn't have already"
    )
    await world.pay(customer, booking)
    moved = await ok(customer.get(path(booking)))
    assert amounts(moved) == [("room", 15_000), ("equipment", 1500), ("service", 12_000)]
    assert await spans(session) == [(13, 16, 3)]


async def test_what_is_shorter_pays_the_difference_back(studio, customer, booking):
    moved = (await ok(customer.post(path(booking, "/reschedule"), at(studio, 12, hours=1))))["booking"]
    assert (moved["total"], moved["refund"]) == (pounds(9500), pounds(9500))


async def test_add_ons_keep_the_price_that_was_agreed_and_the_room_has_todays(
    studio, customer, booking, mic, named
):
    equipment = f"/addresses/{studio.address['id']}/equipment/{mic}"
    await ok(studio.owner.patch(equipment, {"price_amount": 9900}))
    assert (await studio.owner.delete(equipment)).status_code == 204
    services = {"services": [{"name": "Mixing", "minutes": 60, "amount": 9900}]}
    await ok(studio.owner.put(f"/team/{named['member_id']}/services", services))
    prices = {"prices": [{"duration_minutes": 60, "amount": 4000}]}
    await ok(studio.owner.put(f"/rooms/{studio.room_id}/prices", prices))
    moved = (await ok(customer.post(path(booking, "/reschedule"), at(studio, 16))))["booking"]
    assert amounts(moved) == [("room", 8000), ("equipment", 1000), ("service", 8000)]


async def test_nobody_is_moved_to_when_they_do_not_work_by_either_side(studio, customer, booking, named):
    week = [{"weekday": day, "opens": "10:00", "closes": "15:00"} for day in range(7)]
    await ok(studio.owner.put(f"/team/{named['member_id']}/hours", {"hours": week}))
    for person in (customer, studio.owner):
        answer = await person.post(path(booking, "/reschedule"), at(studio, 14))
        problem(answer, 422, "professional_not_working")
    await studio.owner.delete(f"/companies/{studio.company['id']}/team/{named['member_id']}")
    answer = await customer.post(path(booking, "/reschedule"), at(studio, 13))
    problem(answer, 422, "professional_not_working")


async def test_what_the_owner_proposes_is_held_with_all_of_it(session, studio, customer, booking):
    await ok(studio.owner.post(path(booking, "/reschedule"), at(studio, 16, hours=3)))
    assert await spans(session) == [(12, 14, 3), (16, 19, 3)]
    moved = (await ok(customer.post(path(booking, "/reschedule/accept"))))["booking"]
    assert moved["total"] == booking["total"]
    assert await spans(session) == [(16, 19, 3)]


async def test_two_bookings_trade_places_each_with_what_comes_with_it(
    world, session, studio, customer, booking, named
):
    """Both with the same engineer, in different rooms: only together can they move."""
    other_customer, second = await world.person(), await world.room(studio)
    other = await created(
        other_customer.post("/bookings", wish(second, hour=14, hours=3) | {"professional": named})
    )
    await world.pay(other_customer, other)
    both = {"booking_id": booking["id"], "other_booking_id": other["id"]}
    await ok(studio.owner.post("/bookings/swap", both))
    await ok(customer.post(path(booking, "/reschedule/accept")))
    await ok(other_customer.post(path(other, "/reschedule/accept")))
    assert await spans(session) == [(12, 14, 2), (14, 17, 3)]
    assert (await ok(customer.get(path(booking))))["room_id"] == second.room_id


async def test_a_swap_that_needs_somebody_elses_engineer_does_not_happen(
    world, session, studio, customer, booking, named
):
    other_customer, second = await world.person(), await world.room(studio)
    other = await world.paid_booking(studio, other_customer, hour=15)
    both = {"booking_id": booking["id"], "other_booking_id": other["id"]}
    await ok(studio.owner.post("/bookings/swap", both))
    await ok(customer.post(path(booking, "/reschedule/accept")))
    await created((await world.person()).post("/bookings", wish(second, hour=15) | {"professional": named}))
    refusal = problem(await other_customer.post(path(other, "/reschedule/accept")), 409, "add_on_taken")
    assert refusal["add_ons"] == [{"member_id": named["member_id"]}]
    assert (await ok(customer.get(path(booking))))["starts_at"] == booking["starts_at"]


async def test_nobody_trades_into_hours_in_which_their_engineer_does_not_work(
    world, studio, customer, booking, named
):
    week = [{"weekday": day, "opens": "10:00", "closes": "15:00"} for day in range(7)]
    await ok(studio.owner.put(f"/team/{named['member_id']}/hours", {"hours": week}))
    other = await world.paid_booking(studio, await world.person(), hour=15)
    both = {"booking_id": booking["id"], "other_booking_id": other["id"]}
    problem(await studio.owner.post("/bookings/swap", both), 422, "professional_not_working")


async def test_a_request_moves_with_all_of_it_and_stays_a_request(world, session, studio, customer, mic):
    await ok(studio.owner.patch(f"/rooms/{studio.room_id}", {"booking_mode": "on_request"}))
    request = await created(customer.post("/bookings", wish(studio) | {"equipment_ids": [mic]}))
    moved = (await ok(customer.post(path(request, "/reschedule"), at(studio, 16, hours=3))))["booking"]
    assert (moved["status"], moved["total"]) == ("awaiting_approval", pounds(16_500))
    assert await spans(session) == [(16, 19, 2)]
