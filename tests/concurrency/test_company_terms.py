"""A company changes its tax, its fee or its policy while a room of it is sold. With commits, and without luck."""

import asyncio

import httpx
import pytest

from src.bookings import repository as bookings
from src.bookings.repository import making
from src.core.identity import Role
from src.core.limits import Limiter
from src.main import create_app
from src.rooms import repository as rooms
from tests.events.support import host
from tests.factories.world import World, created, ok, problem, wish
from tests.support.pause import Pause
from tests.support.services import create_extra_database


@pytest.fixture(scope="module")
async def real_app(settings):
    app = create_app(settings.model_copy(update={"database_url": create_extra_database("company_terms")}))
    app.state.limiter = Limiter(settings.redis_url, prefix="limits:company_terms")
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def real_world(real_app, settings):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(real_app), base_url="http://test") as client:
        yield World(client=client, database=real_app.state.database, settings=settings)


CHANGES = [
    {"tax_rate_bp": 2000},
    {"prices_include_tax": False},
    {"cancellation_policy": "strict"},
    {"platform_fee_bp": 500},
]
each_change = pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))


async def book_meanwhile(world, monkeypatch, change):
    """The change is committed after the booking has read its offer, and before its row is written."""
    pause = Pause(monkeypatch, bookings, "insert_hold")
    studio, customer = await world.studio(), await world.person()
    booking = asyncio.create_task(customer.post("/bookings", wish(studio)))
    await pause.reached_by(booking)
    await ok(await changing(world, studio, change))
    pause.go_on.set()
    return await booking


async def changing(world, studio, change):
    who = await world.person(role=Role.ADMIN) if "platform_fee_bp" in change else studio.owner
    return who.patch(f"/companies/{studio.company['id']}", change)


@each_change
async def test_terms_that_have_changed_are_not_booked(real_world, monkeypatch, change):
    problem(await book_meanwhile(real_world, monkeypatch, change), 409, "offer_changed")


async def test_without_the_revision_the_old_terms_would_be_booked(real_world, monkeypatch):
    """Negative control."""
    compared = "AND revision = $21"
    assert compared in making._INSERT
    monkeypatch.setattr(making, "_INSERT", making._INSERT.replace(compared, "AND $21::int IS NOT NULL"))
    answer = await book_meanwhile(real_world, monkeypatch, {"tax_rate_bp": 2000})
    assert (answer.status_code, answer.json()["tax"]["amount"]) == (201, 0)


async def test_what_is_no_part_of_the_terms_is_in_nobodys_way(real_world, monkeypatch):
    answer = await book_meanwhile(real_world, monkeypatch, {"name": "Soho Sound and Vision"})
    assert answer.status_code == 201, answer.text


async def walk_in(studio, _):
    return studio.owner.post("/bookings/walk-in", wish(studio) | {"guest": {"name": "Ada"}})


async def seats(studio, customer):
    event = await host(studio)
    return customer.post(f"/events/{event['id']}/seats", {"seats": 1})


async def change_under(world, monkeypatch, sell):
    """The tax of what is sold, and whether the owner waited for who is past their look at the terms."""
    studio, customer = await world.studio(), await world.person()
    selling = await sell(studio, customer)
    pause = Pause(monkeypatch, rooms, "find_offer", after=True)
    sold = asyncio.create_task(selling)
    await pause.reached_by(sold)
    change = asyncio.create_task(
        studio.owner.patch(f"/companies/{studio.company['id']}", {"tax_rate_bp": 2000})
    )
    done, _ = await asyncio.wait({change}, timeout=0.3)
    pause.go_on.set()
    booking = await created(sold)
    await ok(change)
    return booking["tax"]["amount"], not done


@pytest.mark.parametrize("sell", [walk_in, seats])
async def test_terms_stay_until_what_was_sold_by_them_is_written(real_world, monkeypatch, sell):
    assert await change_under(real_world, monkeypatch, sell) == (0, True)


async def test_without_the_lock_they_would_change_before(real_world, monkeypatch):
    """Negative control."""
    kept = "FOR KEY SHARE\n), studio"
    assert kept in rooms._KEEP_OFFER
    monkeypatch.setattr(rooms, "_KEEP_OFFER", rooms._KEEP_OFFER.replace(kept, "\n), studio"))
    assert await change_under(real_world, monkeypatch, walk_in) == (0, False)
