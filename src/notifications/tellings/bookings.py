"""Who hears of a booking: its customer, and those of the studio who may act on it."""

from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import service as bookings
from src.bookings.calendar.entries import MailEntries, entries_of_mail
from src.bookings.enums import BookingStatus
from src.bookings.events import (
    BookingCancelled,
    BookingConfirmed,
    BookingDeclined,
    BookingNoShow,
    BookingReminderDue,
    BookingRescheduled,
    HoldExpired,
    NoShowTakenBack,
    SeatsMoved,
    WaitlistOffered,
)
from src.bookings.models import Booking
from src.bookings.waitlist.models import WaitlistEntry
from src.core.config import get_settings
from src.core.ical import EntryIn
from src.events import service as hosted
from src.events.enums import EventStatus
from src.notifications.telling import News, Recipient
from src.teams import service as teams
from src.teams.permissions import Permission


class OfBooking(Protocol):
    @property
    def booking_id(self) -> int: ...


async def customer(session: AsyncSession, event: OfBooking) -> News | None:
    return await to_customer(session, event.booking_id)


async def studio(session: AsyncSession, event: OfBooking) -> News | None:
    return await to_studio(session, event.booking_id)


# --- confirmed


async def customer_who_paid(session: AsyncSession, event: BookingConfirmed) -> News | None:
    if await _is_free(session, event.booking_id):
        return None
    entries = await _entries(session, event.booking_id, BookingStatus.CONFIRMED)
    return await to_customer(session, event.booking_id, entry=entries.customer)


async def customer_for_nothing(session: AsyncSession, event: BookingConfirmed) -> News | None:
    if not await _is_free(session, event.booking_id):
        return None
    entries = await _entries(session, event.booking_id, BookingStatus.CONFIRMED)
    return await to_customer(session, event.booking_id, entry=entries.customer)


async def studio_that_is_paid(session: AsyncSession, event: BookingConfirmed) -> News | None:
    """Not of what is free of charge, or made at the desk by those who would be told."""
    if await _is_free(session, event.booking_id):
        return None
    entries = await _entries(session, event.booking_id, BookingStatus.CONFIRMED)
    return await to_studio(session, event.booking_id, entry=entries.studio)


async def customer_who_comes(session: AsyncSession, event: BookingReminderDue) -> News | None:
    """Once for each time that the booking has had."""
    booking, _ = await bookings.mail_facts(session, booking_id=event.booking_id)
    if booking.status is not BookingStatus.CONFIRMED:
        return None
    return await to_customer(session, booking.id, cause=booking.starts_at.isoformat())


async def customer_who_missed_it(session: AsyncSession, event: BookingNoShow) -> News | None:
    """Unless it is taken back already; once each time that the studio says so."""
    booking, _ = await bookings.mail_facts(session, booking_id=event.booking_id)
    if booking.status is not BookingStatus.NO_SHOW:
        return None
    reason = await bookings.last_reason(session, booking_id=booking.id)
    return await to_customer(session, booking.id, cause=str(booking.version), reason=reason)


async def customer_who_came_after_all(session: AsyncSession, event: NoShowTakenBack) -> News | None:
    """Unless the studio has said it again."""
    booking, _ = await bookings.mail_facts(session, booking_id=event.booking_id)
    if booking.status is BookingStatus.NO_SHOW:
        return None
    return await to_customer(session, booking.id, cause=str(booking.version))


# --- moved


async def customer_moved(session: AsyncSession, event: BookingRescheduled) -> News | None:
    booking, _ = await bookings.mail_facts(session, booking_id=event.booking_id)
    entries = await _entries(session, event.booking_id, BookingStatus.CONFIRMED)
    return await to_customer(session, booking.id, cause=str(booking.version), entry=entries.customer)


async def studio_moved(session: AsyncSession, event: BookingRescheduled) -> News | None:
    booking, _ = await bookings.mail_facts(session, booking_id=event.booking_id)
    entries = await _entries(session, event.booking_id, BookingStatus.CONFIRMED)
    return await to_studio(session, booking.id, cause=str(booking.version), entry=entries.studio)


async def guest_of_moved_event(session: AsyncSession, event: SeatsMoved) -> News | None:
    """Once for each new time."""
    booking, _ = await bookings.mail_facts(session, booking_id=event.booking_id)
    return await to_customer(session, booking.id, cause=booking.starts_at.isoformat())


# --- ended


async def customer_cancelled(session: AsyncSession, event: BookingCancelled) -> News | None:
    if await _is_for_cancelled_event(session, event.booking_id):
        return None
    entries = await _entries(session, event.booking_id, BookingStatus.CANCELLED)
    return await to_customer(session, event.booking_id, entry=entries.customer)


async def guest_of_cancelled_event(session: AsyncSession, event: BookingCancelled) -> News | None:
    if not await _is_for_cancelled_event(session, event.booking_id):
        return None
    return await to_customer(session, event.booking_id)


async def studio_cancelled(session: AsyncSession, event: BookingCancelled) -> News | None:
    """Nobody told them of a hold, and they have cancelled the event themselves."""
    if await _is_free(session, event.booking_id) or await _is_for_cancelled_event(session, event.booking_id):
        return None
    entries = await _entries(session, event.booking_id, BookingStatus.CANCELLED)
    return await to_studio(session, event.booking_id, entry=entries.studio)


async def customer_declined(session: AsyncSession, event: BookingDeclined) -> News | None:
    reason = await bookings.last_reason(session, booking_id=event.booking_id)
    return await to_customer(session, event.booking_id, reason=reason)


async def customer_too_late(session: AsyncSession, event: HoldExpired) -> News | None:
    """Unless a payment has revived it since."""
    booking, _ = await bookings.mail_facts(session, booking_id=event.booking_id)
    return await to_customer(session, booking.id) if booking.status is BookingStatus.EXPIRED else None


# --- the waiting list


async def next_in_line(session: AsyncSession, event: WaitlistOffered) -> News | None:
    entry = await session.get_one(WaitlistEntry, event.entry_id)
    assert entry.booking_id is not None  # an offer has one
    booking, _ = await bookings.mail_facts(session, booking_id=entry.booking_id)
    return await to_customer(session, booking.id, cause=str(entry.id), status=booking.status)


# --- what they are told


async def to_customer(
    session: AsyncSession, booking_id: int, *, cause: str = "", entry: EntryIn | None = None, **params: Any
) -> News:
    booking, facts = await bookings.mail_facts(session, booking_id=booking_id)
    contact = await bookings.get_contact(session, booking=booking)
    recipient = Recipient(
        contact.key, contact.firstname, contact.email, locale=contact.locale, user_id=contact.user_id
    )
    return News(
        key=_key(booking, cause),
        recipients=[recipient],
        facts=_facts(booking, facts),
        params={**facts, **params},
        entry=entry,
    )


async def to_studio(
    session: AsyncSession, booking_id: int, *, cause: str = "", entry: EntryIn | None = None, **params: Any
) -> News:
    booking, facts = await bookings.mail_facts(session, booking_id=booking_id)
    contact = await bookings.get_contact(session, booking=booking)
    entitled = await teams.list_entitled(
        session,
        permission=Permission.MANAGE_BOOKINGS,
        company_id=booking.company_id,
        address_id=booking.address_id,
    )
    return News(
        key=_key(booking, cause),
        recipients=[Recipient.of(user) for user in entitled],
        facts=_facts(booking, facts) | {"customer": contact.name},
        params={**facts, **params, "customer": contact.name},
        entry=entry,
        about_user_id=booking.customer_id,
    )


def _key(booking: Booking, cause: str) -> str:
    return f"{booking.id}:{cause}" if cause else str(booking.id)


def _facts(booking: Booking, facts: dict[str, Any]) -> dict[str, Any]:
    shown = ("booking_id", "reference", "title", "room", "seats", "studio", "timezone")
    return {name: facts[name] for name in shown} | {
        "room_id": booking.room_id,
        "address_id": booking.address_id,
        "company_id": booking.company_id,
        "event_id": booking.event_id,
        "starts_at": booking.starts_at.isoformat(),
        "ends_at": booking.ends_at.isoformat(),
    }


async def _is_free(session: AsyncSession, booking_id: int) -> bool:
    booking, _ = await bookings.mail_facts(session, booking_id=booking_id)
    return booking.paid_amount == 0


async def _is_for_cancelled_event(session: AsyncSession, booking_id: int) -> bool:
    booking, _ = await bookings.mail_facts(session, booking_id=booking_id)
    event = await hosted.find_event(session, event_id=booking.event_id) if booking.event_id else None
    return event is not None and event.status is EventStatus.CANCELLED


async def _entries(session: AsyncSession, booking_id: int, status: BookingStatus) -> MailEntries:
    settings = get_settings()
    return await entries_of_mail(
        session,
        booking_id=booking_id,
        status=status,
        uid_host=settings.calendar_host,
        site=settings.frontend_url,
    )
