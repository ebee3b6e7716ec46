"""Two people act on one booking at once: one outcome, the other is told, and every invariant holds. With commits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest
from sqlalchemy import text

from src import invariants
from src.bookings import repository
from src.bookings.models import Booking
from src.core.limits import Limiter
from src.main import create_app
from tests.factories.world import World, wish
from tests.support.services import create_extra_database
from tests.support.worker import Worker

ROUNDS = 6


@dataclass
class Stage:
    world: World
    worker: Worker

    async def assert_sound(self):
        await self.worker.run()
        async with self.world.database.transaction() as session:
            assert await invariants.check(session) == {}


@asynccontextmanager
async def stage(settings, name) -> AsyncIterator[Stage]:
    url = create_extra_database(name)
    app = create_app(settings.model_copy(update={"database_url": url, "database_pool_size": 20}))
    app.state.limiter = Limiter(settings.redis_url, prefix=f"limits:{name}")
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            world = World(client=client, database=app.state.database, settings=settings)
            yield Stage(world, Worker(app.state.database, settings))
        await app.state.limiter.close()


@pytest.fixture(scope="module")
async def real(settings) -> AsyncIterator[Stage]:
    async with stage(settings, "booking_races") as real:
        yield real


def outcomes(answers):
    return sorted("ok" if answer.is_success else answer.json()["code"] for answer in answers)


@pytest.mark.parametrize("rival", ["approve", "decline", "withdraw"])
async def test_of_an_approval_and_its_rival_one_wins(real, rival):
    studio = await real.world.studio(booking_mode="on_request")
    for number in range(ROUNDS):
        customer = await real.world.person()
        booking = await real.world.held_booking(studio, customer, days_ahead=30 + number)
        path = f"/bookings/{booking['id']}"
        other = (
            customer.post(f"{path}/cancel") if rival == "withdraw" else studio.owner.post(f"{path}/{rival}")
        )
        answers = await asyncio.gather(studio.owner.post(f"{path}/approve"), other)
        codes = outcomes(answers)
        # Approved first and then withdrawn is no conflict: a hold may be cancelled.
        assert codes == ["illegal_move", "ok"] or (rival == "withdraw" and codes == ["ok", "ok"])
    await real.assert_sound()


async def test_a_cancellation_against_the_payment_in_flight(real):
    studio = await real.world.studio()
    for number in range(ROUNDS):
        customer = await real.world.person()
        booking = await real.world.held_booking(studio, customer, days_ahead=30 + number)
        await asyncio.gather(
            real.world.pay(customer, booking), customer.post(f"/bookings/{booking['id']}/cancel"),
            return_exceptions=True,
        )  # fmt: skip
        after = (await customer.get(f"/bookings/{booking['id']}")).json()
        assert after["status"] == "cancelled"
    await real.assert_sound()


async def test_the_sweep_against_the_payment_of_a_hold_that_has_just_ended(real):
    studio = await real.world.studio()
    for number in range(ROUNDS):
        customer = await real.world.person()
        booking = await real.world.held_booking(studio, customer, days_ahead=30 + number)
        checkout = (await customer.post(f"/bookings/{booking['id']}/checkout", {"gateway": "sandbox"})).json()
        await real.world.let_hold_end(booking)
        await asyncio.gather(
            real.world.client.post(f"{checkout['url']}/pay"), real.worker.expire_holds(),
            real.worker.expire_holds(),
        )  # fmt: skip
        after = (await customer.get(f"/bookings/{booking['id']}")).json()
        assert (after["status"], after["paid"]["amount"]) == ("confirmed", 10000)
    await real.assert_sound()


async def test_a_move_against_a_booking_of_the_new_time(real):
    studio = await real.world.studio()
    for number in range(ROUNDS):
        customer, rival = await real.world.person(), await real.world.person()
        booking = await real.world.paid_booking(studio, customer, days_ahead=30 + number)
        body = wish(studio, days_ahead=30 + number, hour=13)
        to = {"starts_at": body["starts_at"], "ends_at": body["ends_at"]}
        answers = await asyncio.gather(
            customer.post(f"/bookings/{booking['id']}/reschedule", to),
            rival.post("/bookings", wish(studio, days_ahead=30 + number, hour=14)),
        )
        assert outcomes(answers) == ["ok", "slot_taken"]
    await real.assert_sound()


@pytest.mark.parametrize("rival", ["cancel", "reschedule"])
async def test_a_move_against_another_move_of_the_same_booking(real, rival):
    studio = await real.world.studio()
    for number in range(ROUNDS):
        customer = await real.world.person()
        booking = await real.world.paid_booking(studio, customer, days_ahead=30 + number)
        path, seen = f"/bookings/{booking['id']}", {"version": booking["version"]}
        bodies = [wish(studio, days_ahead=30 + number, hour=hour) for hour in (16, 18)]
        to, elsewhere = ({key: body[key] for key in ("starts_at", "ends_at")} | seen for body in bodies)
        other = seen if rival == "cancel" else elsewhere
        answers = await asyncio.gather(
            customer.post(f"{path}/reschedule", to), customer.post(f"{path}/{rival}", other)
        )
        assert outcomes(answers) == ["booking_changed", "ok"]
    await real.assert_sound()


async def test_two_moves_that_want_each_others_time_do_not_deadlock(real):
    studio = await real.world.studio()
    for number in range(ROUNDS):
        ada, ben = await real.world.person(), await real.world.person()
        one = await real.world.paid_booking(studio, ada, days_ahead=30 + number, hour=12)
        two = await real.world.paid_booking(studio, ben, days_ahead=30 + number, hour=14)
        answers = await asyncio.gather(
            ada.post(f"/bookings/{one['id']}/reschedule", _times(two)),
            ben.post(f"/bookings/{two['id']}/reschedule", _times(one)),
        )
        assert outcomes(answers) == ["slot_taken", "slot_taken"]
    await real.assert_sound()


async def test_both_customers_agree_to_a_swap_at_once(real):
    studio = await real.world.studio()
    for number in range(ROUNDS):
        ada, ben = await real.world.person(), await real.world.person()
        one = await real.world.paid_booking(studio, ada, days_ahead=30 + number, hour=12)
        two = await real.world.paid_booking(studio, ben, days_ahead=30 + number, hour=14)
        both = {"booking_id": one["id"], "other_booking_id": two["id"]}
        assert (await studio.owner.post("/bookings/swap", both)).status_code == 200
        answers = await asyncio.gather(
            ada.post(f"/bookings/{one['id']}/reschedule/accept"),
            ben.post(f"/bookings/{two['id']}/reschedule/accept"),
        )
        assert outcomes(answers) == ["ok", "ok"]
        assert (await ada.get(f"/bookings/{one['id']}")).json()["starts_at"] == two["starts_at"]
        assert (await ben.get(f"/bookings/{two['id']}")).json()["starts_at"] == one["starts_at"]
    await real.assert_sound()


async def test_without_the_lock_of_the_row_both_are_told_that_they_have_won(settings, monkeypatch):
    """The negative control: the races above would be noticed."""

    async def find_without_lock(session, booking_id):
        return await session.get(Booking, booking_id, populate_existing=True)

    async def look_and_dawdle(session, booking_id):
        status = await look(session, booking_id)
        await session.execute(text("SELECT pg_sleep(0.1)"))
        return status

    look = repository.get_status_now
    async with stage(settings, "no_row_lock") as real:
        studio = await real.world.studio(booking_mode="on_request")
        booking = await real.world.held_booking(studio, await real.world.person())
        monkeypatch.setattr(repository, "find_locked", find_without_lock)
        monkeypatch.setattr(repository, "get_status_now", look_and_dawdle)
        path = f"/bookings/{booking['id']}"
        answers = await asyncio.gather(*(studio.owner.post(f"{path}/decline") for _ in range(2)))
        assert outcomes(answers) == ["ok", "ok"]


def _times(booking):
    return {key: booking[key] for key in ("starts_at", "ends_at")}
