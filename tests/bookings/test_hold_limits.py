"""How much unpaid time one person may hold."""

import asyncio
from collections import Counter
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from src import bookings
from src.core.database import driver
from src.core.limits import Limiter
from src.main import create_app
from tests.factories.world import ALWAYS_OPEN, World, created, ok, problem, wish
from tests.support.services import create_extra_database

DAWDLE = (
    "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.1); RETURN NEW; END'",
    "CREATE TRIGGER dawdle BEFORE INSERT ON bookings FOR EACH ROW EXECUTE FUNCTION dawdle()",
)


@pytest.fixture
async def studio(world):
    return await world.studio()


@pytest.fixture
async def customer(world):
    return await world.person()


async def hold(world, studio, customer, count):
    return [await world.held_booking(studio, customer, days_ahead=30 + n) for n in range(count)]


async def test_five_holds_and_no_sixth_until_one_of_them_ends(world, studio, customer):
    holds = await hold(world, studio, customer, 5)
    sixth = wish(studio, days_ahead=40)
    problem(await customer.post("/bookings", sixth), 409, "too_many_holds")
    await created((await world.person()).post("/bookings", wish(studio, days_ahead=41)))
    await ok(customer.post(f"/bookings/{holds[0]['id']}/cancel"))
    await created(customer.post("/bookings", sixth))
    problem(await customer.post("/bookings", wish(studio, days_ahead=42)), 409, "too_many_holds")
    await world.pay(customer, holds[1])
    await created(customer.post("/bookings", wish(studio, days_ahead=42)))


async def test_what_is_refused_takes_no_time(world, studio, customer):
    await hold(world, studio, customer, 5)
    sixth = wish(studio, days_ahead=40)
    problem(await customer.post("/bookings", sixth), 409, "too_many_holds")
    await created((await world.person()).post("/bookings", sixth))


@pytest.mark.parametrize("is_swept", [False, True])
async def test_three_that_expire_in_a_room_ask_for_patience_there(world, worker, studio, customer, is_swept):
    for booking in await hold(world, studio, customer, 3):
        await world.let_hold_end(booking)
    if is_swept:
        await worker.expire_holds()
    answer = await customer.post("/bookings", wish(studio))
    problem(answer, 429, "cool_down")
    assert 86_000 < int(answer.headers["Retry-After"]) <= 86_400
    await created(customer.post("/bookings", wish(await world.studio())))
    await created((await world.person()).post("/bookings", wish(studio)))


async def test_what_the_owner_left_unanswered_counts_for_nothing(world, worker, customer):
    studio = await world.studio(booking_mode="on_request")
    for booking in await hold(world, studio, customer, 3):
        await world.let_hold_end(booking)
    await created(customer.post("/bookings", wish(studio)))
    await worker.expire_holds()
    await created(customer.post("/bookings", wish(studio, days_ahead=50)))


async def test_the_database_has_the_function_of_the_sources(session):
    function = text(
        "SELECT oid::regprocedure::text, prosrc, provolatile FROM pg_proc WHERE proname = 'admit_hold'"
    )
    migrated = (await session.execute(function)).all()
    assert len(migrated) == 1
    source = Path(bookings.__path__[0]) / "admit_hold.sql"
    await (await driver(session)).execute(source.read_text())
    assert (await session.execute(function)).all() == migrated


@pytest.mark.parametrize("is_guarded", [True, False])
async def test_eight_at_once_get_five_as_long_as_they_are_counted_under_a_lock(settings, is_guarded):
    url = create_extra_database(f"holds_{is_guarded}")
    app = create_app(settings.model_copy(update={"database_url": url}))
    app.state.limiter = Limiter(settings.redis_url, prefix="limits:holds")
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            world = World(client=client, database=app.state.database, settings=settings)
            studio, customer = await world.studio(hours=ALWAYS_OPEN), await world.person()
            # A room each: whoever wants the same one waits in line anyway.
            rooms = [await world.room(studio, name=f"Room {number}") for number in range(8)]
            if not is_guarded:
                await take_lock_away(world)
            answers = await asyncio.gather(*(customer.post("/bookings", wish(room)) for room in rooms))
    outcomes = Counter(answer.json().get("code", "held") for answer in answers)
    if is_guarded:
        assert outcomes == {"held": 5, "too_many_holds": 3}
    else:
        assert outcomes["held"] > 5


async def take_lock_away(world):
    """And widen the moment between counting and the commit."""
    async with world.database.transaction() as session:
        source = await session.scalar(
            text("SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname = 'admit_hold'")
        )
        lock = "PERFORM pg_advisory_xact_lock(hashtext('bookings.holds'), hashint8(holder));"
        assert lock in source
        await (await driver(session)).execute(source.replace(lock, ""))
        for statement in DAWDLE:
            await session.execute(text(statement))
