"""Bookings as entries of calendars: of the customer's, of the studio's, of the professional's."""

from functools import partial
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import reference
from src.bookings.calendar import repository
from src.bookings.calendar.repository import EntryRow
from src.bookings.enums import BookingStatus
from src.core.ical import Entry, EntryIn
from src.core.mail.languages import catalog_for


def for_customer(row: EntryRow, locale: str, *, uid_host: str, site: str) -> Entry:
    return _entry(row, f"{_what(row, locale)}, {row.Address.name}", uid_host=uid_host, site=site)


def for_studio(row: EntryRow, locale: str, *, uid_host: str, site: str) -> Entry:
    """With the customer's first name: for people of the studio."""
    name = row.User.firstname if row.User else row.Booking.guest_name
    summary = f"{_what(row, locale)}: {name} ({reference.encode(row.Booking.id)})"
    return _entry(row, summary, uid_host=uid_host, site=site)


def for_professional(row: EntryRow, _locale: str, *, uid_host: str, site: str) -> Entry:
    """Nothing but names, which are the same in every language."""
    summary = f"{row.Room.name}, {row.Address.name} ({reference.encode(row.Booking.id)})"
    return _entry(row, summary, uid_host=uid_host, site=site)


class MailEntries(NamedTuple):
    customer: EntryIn | None
    studio: EntryIn | None


async def entries_of_mail(
    session: AsyncSession, *, booking_id: int, status: BookingStatus, uid_host: str, site: str
) -> MailEntries:
    """What goes with a mail about a booking; nothing when it has moved on from `status` meanwhile.

    A confirmation that is late by a cancellation must not put back what the cancellation takes out. Nor has one
    that was never confirmed an entry that could be taken out.
    """
    row = await repository.find_entry(session, booking_id)
    if row is None or row.Booking.status is not status:
        return MailEntries(None, None)
    return MailEntries(
        partial(for_customer, row, uid_host=uid_host, site=site),
        partial(for_studio, row, uid_host=uid_host, site=site),
    )


def _what(row: EntryRow, locale: str) -> str:
    """The room, or the event that takes place in it as the bill names it."""
    booking = row.Booking
    room: str = row.Room.name
    if booking.seats is None:
        return room
    counted = catalog_for(locale).ngettext(
        "%(event)s, %(seats)s seat (%(room)s)", "%(event)s, %(seats)s seats (%(room)s)", booking.seats
    )
    return counted % {"event": booking.items[0]["description"], "seats": booking.seats, "room": room}


def _entry(row: EntryRow, summary: str, *, uid_host: str, site: str) -> Entry:
    booking, address = row.Booking, row.Address
    return Entry(
        uid=f"booking-{booking.id}@{uid_host}",
        sequence=row.sequence,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        timezone=address.timezone,
        summary=summary,
        location=f"{address.name}, {address.street}",
        description=f"{reference.encode(booking.id)}\n{site}/bookings/{booking.id}",
        url=f"{site}/bookings/{booking.id}",
        is_cancelled=booking.status is BookingStatus.CANCELLED,
        created_at=booking.created_at,
        changed_at=row.changed_at,
    )
