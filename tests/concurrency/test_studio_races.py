"""An owner changes or closes a studio while it is being booked. With commits, and without luck."""

import asyncio

import httpx
import pytest

from src.addresses import repository as addresses
from src.bookings import repository as bookings
from src.bookings.repository import making
from src.calendars import service as calendars
from src.core.limits import Limiter
from src.main import create_app
from src.rooms import repository as rooms
from tests.factories.world import World, created, ok, problem, wish
from tests.support.pause import Pause
from tests.support.services import create_extra_database

CLOSED_WEEK = [{"weekday": 0, "mode": "open", "opens": "02:00", "closes": "03:00"}]


@pytest.fixture(scope="module")
async def real_app(settings):
    app = create_app(settings.model_copy(update={"database_url": create_extra_database("studio_races")}))
    app.state.limiter = Limiter(settings.redis_url, prefix="limits:studio_races")
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def real_world(real_app, settings):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(real_app), base_url="http://test") as client:
        yield World(client=client, database=real_app.state.database, settings=settings)


@pytest.fixture
def before_booking(monkeypatch):
    """The booking has read its offer and taken its time; its row is not written."""
    return Pause(monkeypatch, bookings, "insert_hold")


@pytest.fixture
def after_booking(monkeypatch):
    """The row is written and not committed."""
    return Pause(monkeypatch, bookings, "insert_hold", after=True)


async def new_hours(studio):
    await ok(studio.owner.put(f"{path(studio)}/operating-hours", {"hours": CLOSED_WEEK}))


async def special_day(studio):
    day = wish(studio)["starts_at"][:10]
    closed = {"first_date": day, "last_date": day, "label": "Holiday", "hours": [{"mode": "closed"}]}
    await ok(studio.owner.put(f"{path(studio)}/special-days", {"special_days": [closed]}))


async def closure(studio):
    day = wish(studio)["starts_at"][:10]
    body = {"first_date": day, "last_date": day, "reason": "Water damage"}
    await created(studio.owner.post(f"{path(studio)}/closures", body))


async def other_zone(studio):
    await ok(studio.owner.patch(path(studio), {"timezone": "Asia/Tokyo"}))


async def off_the_market(studio):
    await ok(studio.owner.patch(path(studio), {"status": "draft"}))


async def last_hours(studio):
    """Takes it off the market too."""
    await ok(studio.owner.put(f"{path(studio)}/operating-hours", {"hours": []}))


async def the_end(studio):
    assert (await studio.owner.delete(path(studio))).status_code == 204


def path(studio):
    return f"/addresses/{studio.address['id']}"


# What somebody hears who asks for the same time afterwards, in the studio's time of before.
CHANGES = {
    new_hours: (422, "outside_opening_hours"),
    special_day: (422, "outside_opening_hours"),
    closure: (422, "outside_opening_hours"),
    other_zone: (422, "outside_opening_hours"),
    off_the_market: (404, "room_not_found"),
    last_hours: (404, "room_not_found"),
    the_end: (404, "room_not_found"),
}
each_change = pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)


def in_london(studio):
    """Means the same moment whatever the studio's zone is."""
    return {field: f"{value}Z" if field.endswith("_at") else value for field, value in wish(studio).items()}


async def book_meanwhile(world, pause, change):
    studio, customer = await world.studio(), await world.person()
    booking = asyncio.create_task(customer.post("/bookings", in_london(studio)))
    await pause.reached_by(booking)
    await change(studio)
    pause.go_on.set()
    return studio, customer, await booking


@each_change
async def test_a_booking_that_comes_too_late_finds_the_studio_changed(real_world, before_booking, change):
    studio, customer, answer = await book_meanwhile(real_world, before_booking, change)
    problem(answer, 409, "offer_changed")
    problem(await customer.post("/bookings", in_london(studio)), *CHANGES[change])


@each_change
async def test_without_the_revision_it_would_be_booked_all_the_same(
    real_world, before_booking, change, monkeypatch
):
    """Negative control."""
    monkeypatch.setattr(making, "_INSERT", without_revision())
    studio, customer, answer = await book_meanwhile(real_world, before_booking, change)
    assert answer.status_code == 201, answer.text
    problem(await customer.post("/bookings", in_london(studio)), *CHANGES[change])


def without_revision():
    compared = "address.revision = $20"
    assert compared in making._INSERT
    return making._INSERT.replace(compared, "$20::int IS NOT NULL")


async def test_what_is_no_part_of_the_offer_is_in_nobodys_way(real_world, before_booking):
    async def news(studio):
        await created(studio.owner.post(f"{path(studio)}/updates", {"title": "New desk", "text": "It hums."}))

    _, _, answer = await book_meanwhile(real_world, before_booking, news)
    assert answer.status_code == 201, answer.text


async def end_while_booking_is_written(world, pause):
    """The answers to the booking and to the end, and whether the end waited for the booking."""
    studio, customer = await world.studio(), await world.person()
    booking = asyncio.create_task(customer.post("/bookings", wish(studio)))
    await pause.reached_by(booking)
    end = asyncio.create_task(studio.owner.delete(path(studio)))
    done, _ = await asyncio.wait({end}, timeout=0.3)
    pause.go_on.set()
    return await booking, await end, not done


async def test_a_studio_is_not_closed_over_a_booking_that_is_being_written(real_world, after_booking):
    booking, end, has_waited = await end_while_booking_is_written(real_world, after_booking)
    assert has_waited
    assert booking.status_code == 201
    problem(end, 409, "address_in_use")


async def test_without_waiting_it_would_be(real_world, after_booking, monkeypatch):
    """Negative control."""

    async def wait_for_nobody(session, address_id):
        pass

    monkeypatch.setattr(addresses, "shut_out", wait_for_nobody)
    booking, end, has_waited = await end_while_booking_is_written(real_world, after_booking)
    assert not has_waited
    assert (booking.status_code, end.status_code) == (201, 204)


async def test_a_booking_waits_for_the_end_of_its_studio_and_is_refused(real_world, monkeypatch):
    studio, customer = await real_world.studio(), await real_world.person()
    before_commit = Pause(monkeypatch, addresses, "begin_revision", after=True)
    end = asyncio.create_task(studio.owner.delete(path(studio)))
    await before_commit.reached_by(end)
    booking = asyncio.create_task(customer.post("/bookings", wish(studio)))
    done, _ = await asyncio.wait({booking}, timeout=0.3)
    assert not done
    before_commit.go_on.set()
    assert (await end).status_code == 204
    problem(await booking, 409, "offer_changed")


async def walk_in(studio, _):
    return {**wish(studio), "guest": {"name": "Ada"}}, "/bookings/walk-in", studio.owner


async def reschedule(studio, booking):
    body = wish(studio, hour=15)
    to = {field: body[field] for field in ("starts_at", "ends_at")}
    return to, f"/bookings/{booking['id']}/reschedule", None


async def close_under(world, monkeypatch, module, name, make):
    """The answers, and whether the owner waited for who is past their look at the offer."""
    studio, customer = await world.studio(), await world.person()
    other = await world.paid_booking(studio, customer) if make is reschedule else None
    body, where, who = await make(studio, other)
    pause = Pause(monkeypatch, module, name)
    making = asyncio.create_task((who or customer).post(where, body))
    await pause.reached_by(making)
    closing = asyncio.create_task(off_the_market(studio))
    done, _ = await asyncio.wait({closing}, timeout=0.3)
    pause.go_on.set()
    answer = await making
    await closing
    return answer, not done


MAKING = [(walk_in, "claim"), (reschedule, "move")]


@pytest.mark.parametrize(("make", "name"), MAKING)
async def test_the_owner_waits_for_who_keeps_the_offer(real_world, monkeypatch, make, name):
    answer, has_waited = await close_under(real_world, monkeypatch, calendars, name, make)
    assert answer.is_success, answer.text
    assert has_waited


@pytest.mark.parametrize(("make", "name"), MAKING)
async def test_without_the_lock_the_studio_would_close_under_them(real_world, monkeypatch, make, name):
    """Negative control: keeping the room alone is not enough."""
    monkeypatch.setattr(rooms, "keep_offer_unchanged", rooms.keep_unchanged)
    answer, has_waited = await close_under(real_world, monkeypatch, calendars, name, make)
    assert answer.is_success, answer.text
    assert not has_waited
