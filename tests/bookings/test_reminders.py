"""A day before it begins: who has booked is reminded, once for each time that the booking has had."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from src.bookings import service
from src.core.mail import unsubscribing
from tests.factories.world import created, ok, wish

TOMORROW = timedelta(hours=-23)


@pytest.fixture
async def studio(world):
    return await world.studio()


@pytest.fixture
async def customer(world):
    return await world.person()


@pytest.fixture
async def soon(world, studio, customer):
    """Booked long ago, and it begins in 23 hours."""
    booking = await world.paid_booking(studio, customer)
    await world.let_it_begin(booking, ago=TOMORROW)
    return booking


async def remind(database):
    async with database.transaction() as session:
        return await service.send_reminders(session)


def reminders(worker, person):
    return [message for message in worker.mailbox.to(person.email) if message["Subject"].startswith("Soon:")]


async def test_who_has_booked_is_reminded_once(database, settings, worker, studio, customer, soon):
    assert await remind(database) == 1
    assert await remind(database) == 0
    await worker.run()
    (mail,) = reminders(worker, customer)
    assert "Live Room A" in mail["Subject"]
    assert reminders(worker, studio.owner) == []
    token = mail["List-Unsubscribe"].strip("<>").partition("?token=")[2]
    secret = settings.secret_key.get_secret_value()
    assert unsubscribing.read_token(token, secret=secret) == (customer.id, "booking_reminder")


async def test_another_time_is_reminded_of_again(world, database, worker, customer, soon):
    assert await remind(database) == 1
    await worker.run()
    await world.let_it_begin(soon, ago=timedelta(hours=-20))
    assert await remind(database) == 1
    await worker.run()
    assert len(reminders(worker, customer)) == 2


async def test_a_guest_is_reminded_and_has_nothing_to_switch_off(world, database, worker, studio):
    guest = {"guest": {"name": "Kim Okafor", "email": "kim@example.com"}}
    booking = await created(studio.owner.post("/bookings/walk-in", wish(studio) | guest))
    await world.let_it_begin(booking, ago=TOMORROW)
    assert await remind(database) == 1
    await worker.run()
    mail = worker.mailbox.to("kim@example.com")[-1]
    assert mail["Subject"].startswith("Soon:")
    assert "List-Unsubscribe" not in mail


@pytest.mark.parametrize("hours", [-25, 1])
async def test_what_is_later_or_has_begun_is_not_reminded_of(world, database, studio, customer, hours):
    booking = await world.paid_booking(studio, customer)
    await world.let_it_begin(booking, ago=timedelta(hours=hours))
    assert await remind(database) == 0


async def test_what_was_booked_within_the_day_is_not_reminded_of(database, soon):
    async with database.transaction() as session:
        await session.execute(text("UPDATE bookings SET created_at = now()"))
    assert await remind(database) == 0


async def test_a_hold_is_not_reminded_of(world, database, studio, customer):
    booking = await world.held_booking(studio, customer)
    await world.let_it_begin(booking, ago=TOMORROW)
    assert await remind(database) == 0


async def test_what_is_cancelled_meanwhile_is_not_reminded_of(database, worker, customer, soon):
    assert await remind(database) == 1
    await ok(customer.post(f"/bookings/{soon['id']}/cancel"))
    await worker.run()
    assert reminders(worker, customer) == []
    assert await remind(database) == 0


async def test_a_reminder_changes_nothing_of_the_booking(database, customer, soon):
    before = await ok(customer.get(f"/bookings/{soon['id']}"))
    await remind(database)
    assert await ok(customer.get(f"/bookings/{soon['id']}")) == before
