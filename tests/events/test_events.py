"""What an owner hosts, and what everybody sees of it."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from src.teams.enums import TeamRole
from tests.events.support import evening, host, seat
from tests.factories.world import World, created, in_a_month, ok, problem, wish

SOON = in_a_month()


async def test_an_event_takes_its_room_and_is_listed(world: World) -> None:
    studio, stranger = await world.studio(), await world.person()
    event = await host(studio)
    assert (event["seats_left"], event["price"]) == (3, {"amount": 1500, "currency": "GBP"})
    assert (await ok(stranger.get(f"/events/{event['id']}"))) == event
    problem(await stranger.post("/bookings", wish(studio, hour=18)), 409, "slot_taken")
    mine = f"/events?address_id={studio.address['id']}"
    assert (await ok(stranger.get(mine)))["items"] == [event]
    assert (await ok(stranger.get(f"/events?company_id={studio.company['id']}")))["total"] == 1
    day = datetime.fromisoformat(event["starts_at"]).date()
    for query, total in {
        f"&from={day}&to={day + timedelta(days=1)}": 1,
        f"&from={day + timedelta(days=1)}": 0,
        f"&to={day}": 0,
        f"&city_id={studio.address['city_id']}": 1,
        "&city_id=1": 0,
    }.items():
        assert (await ok(stranger.get(mine + query)))["total"] == total, query
    problem(await stranger.get(f"{mine}&from={day}&to={day}"), 422, "validation_failed")


async def test_events_of_a_draft_are_for_its_own_people(world: World) -> None:
    studio, stranger = await world.studio(), await world.person()
    event = await host(studio)
    await ok(studio.owner.patch(f"/addresses/{studio.address['id']}", {"status": "draft"}))
    problem(await stranger.get(f"/events/{event['id']}"), 404, "event_not_found")
    problem(await stranger.post(f"/events/{event['id']}/seats"), 404, "event_not_found")
    assert (await ok(stranger.get(f"/events?company_id={studio.company['id']}")))["total"] == 0
    await ok(studio.owner.get(f"/events/{event['id']}"))


async def test_hosting_needs_the_permission(world: World) -> None:
    studio, stranger = await world.studio(), await world.person()
    staff, _ = await world.member(studio, TeamRole.STAFF)
    manager, _ = await world.member(studio, TeamRole.MANAGER)
    for person in (staff, stranger):
        problem(await person.post("/events", evening(studio)), 403, "permission_missing")
    event = await created(manager.post("/events", evening(studio)))
    for person in (staff, stranger):
        problem(await person.patch(f"/events/{event['id']}", {"title": "Mine"}), 403, "permission_missing")
        problem(await person.post(f"/events/{event['id']}/cancel"), 403, "permission_missing")
    assert (await ok(manager.patch(f"/events/{event['id']}", {"title": "Ours"})))["title"] == "Ours"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"hour": 22}, "outside_opening_hours"),
        ({"days_ahead": -1}, "in_the_past"),
        ({"ends_at": SOON.isoformat(), "starts_at": SOON.isoformat()}, "ends_before_start"),
        (
            {"starts_at": SOON.isoformat(), "ends_at": (SOON + timedelta(days=19)).isoformat()},
            "event_too_long",
        ),
        ({"capacity": 0}, "validation_failed"),
        ({"seat_amount": -1}, "validation_failed"),
        ({"title": "  "}, "validation_failed"),
    ],
)
async def test_what_can_not_be_hosted(world: World, changes: dict[str, Any], code: str) -> None:
    studio = await world.studio()
    problem(await studio.owner.post("/events", evening(studio, **changes)), 422, code)


async def test_the_owner_may_host_after_hours(world: World) -> None:
    studio = await world.studio()
    await created(studio.owner.post("/events", evening(studio, hour=22, outside_opening_hours=True)))


async def test_an_event_keeps_its_old_time_when_the_new_one_is_taken(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    event = await host(studio, hour=18)
    await world.held_booking(studio, customer, hour=14)
    moved = evening(studio, hour=15)
    times = {"starts_at": moved["starts_at"], "ends_at": moved["ends_at"]}
    problem(await studio.owner.patch(f"/events/{event['id']}", times), 409, "slot_taken")
    problem(await customer.post("/bookings", wish(studio, hour=18)), 409, "slot_taken")
    moved = evening(studio, hour=19)  # overlaps the old one
    times = {"starts_at": moved["starts_at"], "ends_at": moved["ends_at"]}
    await ok(studio.owner.patch(f"/events/{event['id']}", times))
    await created(customer.post("/bookings", wish(studio, hour=17)))


async def test_capacity_does_not_fall_below_what_is_sold(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    event = await host(studio)
    await seat(customer, event, 2)
    path = f"/events/{event['id']}"
    problem(await studio.owner.patch(path, {"capacity": 1}), 409, "capacity_below_sold")
    assert (await ok(studio.owner.patch(path, {"capacity": 2})))["seats_left"] == 0


async def test_only_what_nobody_has_booked_is_deleted(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    event = await host(studio)
    await seat(customer, event)
    problem(await studio.owner.delete(f"/events/{event['id']}"), 409, "event_has_bookings")
    other = await host(studio, hour=12)
    assert (await studio.owner.delete(f"/events/{other['id']}")).status_code == 204
    problem(await customer.get(f"/events/{other['id']}"), 404, "event_not_found")
    await created(customer.post("/bookings", wish(studio, hour=12)))


async def test_an_event_stands_against_closing_its_studio(world: World) -> None:
    studio = await world.studio()
    event = await host(studio)
    refusal = await studio.owner.delete(f"/companies/{studio.company['id']}")
    assert refusal.status_code == 409
    assert str(event["id"]) in refusal.text
    assert "upcoming_events" in refusal.text
