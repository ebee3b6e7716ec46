"""Mails that put a booking into a calendar and take it out again, read as a mail program would."""

from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any

from icalendar import Calendar

from src.teams.enums import TeamRole
from tests.events.support import host, seat
from tests.factories.world import World, ok
from tests.support.ics_text import checked_lines
from tests.support.worker import Worker


def entry_of(message: EmailMessage) -> tuple[str, Any]:
    """Method and event; the alternative and the attachment are the same text."""
    read = BytesParser(policy=default).parsebytes(bytes(message))
    [shown] = [part for part in read.walk() if part.get_content_type() == "text/calendar"]
    [attached] = [part for part in read.walk() if part.get_content_type() == "application/ics"]
    assert attached.get_filename() == "booking.ics"
    content = attached.get_content()
    assert shown.get_payload(decode=True) == content
    assert shown.get_param("charset") == "utf-8"
    checked_lines(content)
    calendar = Calendar.from_ical(content)
    assert isinstance(calendar, Calendar)
    assert shown.get_param("method") == calendar["METHOD"]
    [event] = calendar.events
    return str(calendar["METHOD"]), event


def entries(worker: Worker, address: str) -> list[tuple[str, Any]]:
    return [entry_of(message) for message in worker.mailbox.to(address) if "ics" in message.as_string()]


async def test_confirmation_and_cancellation_are_about_one_entry_for_the_customer_and_the_owner(
    world: World, worker: Worker
) -> None:
    studio, customer = await world.studio(), await world.person()
    booking = await world.paid_booking(studio, customer)
    await worker.run()
    await ok(customer.post(f"/bookings/{booking['id']}/cancel"))
    await worker.run()
    for person, summary in (
        (customer, "Live Room A, Berwick Street"),
        (studio.owner, f"Live Room A: Mira ({booking['reference']})"),
    ):
        (asked, confirmed), (undone, cancelled) = entries(worker, person.email)
        assert (asked, undone) == ("REQUEST", "CANCEL")
        assert confirmed["UID"] == cancelled["UID"] == f"booking-{booking['id']}@downbeat.example"
        assert cancelled["SEQUENCE"] > confirmed["SEQUENCE"]
        assert cancelled["STATUS"] == "CANCELLED"
        assert confirmed["SUMMARY"] == summary
        assert confirmed["ATTENDEE"] == f"mailto:{person.email}"
        assert confirmed["ORGANIZER"] == "mailto:no-reply@downbeat.example"
        assert confirmed.decoded("DTSTART").isoformat() == booking["starts_at"]


async def test_a_confirmation_that_is_late_puts_nothing_back(world: World, worker: Worker) -> None:
    studio, customer = await world.studio(), await world.person()
    booking = await world.paid_booking(studio, customer)
    await ok(customer.post(f"/bookings/{booking['id']}/cancel"))
    await worker.run()
    assert len(worker.mailbox.to(customer.email)) == 2
    assert [method for method, _ in entries(worker, customer.email)] == ["CANCEL"]


async def test_a_hold_that_was_cancelled_was_in_no_calendar(world: World, worker: Worker) -> None:
    studio, customer = await world.studio(), await world.person()
    booking = await world.held_booking(studio, customer)
    await ok(customer.post(f"/bookings/{booking['id']}/cancel"))
    await worker.run()
    [message] = worker.mailbox.to(customer.email)
    assert message.get_content_type() == "multipart/alternative"


async def test_colleagues_get_the_entry_each_in_their_own_language(world: World, worker: Worker) -> None:
    studio, customer = await world.studio(), await world.person()
    manager, _ = await world.member(studio, TeamRole.MANAGER)
    for person, locale in ((manager, "de"), (customer, "es-MX")):
        await ok(person.patch("/users/me", {"locale": locale}))
    booking = await seat(customer, await host(studio), seats=2)
    await world.pay(customer, booking)
    await worker.run()
    for person, summary in (
        (studio.owner, f"Drum clinic, 2 seats (Live Room A): Mira ({booking['reference']})"),
        (manager, f"Drum clinic, 2 Plätze (Live Room A): Mira ({booking['reference']})"),
        (customer, "Drum clinic, 2 plazas (Live Room A), Berwick Street"),
    ):
        [(_, event)] = entries(worker, person.email)
        assert event["SUMMARY"] == summary
