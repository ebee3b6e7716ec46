"""Appointments as entries of calendars: of the customer's and of the studio's.

Only what was confirmed at some time has an entry. While it waits for the studio's yes to another time, and when it is
off, the entry is cancelled: nobody should come.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses.exceptions import AddressNotFoundError
from src.appointments import repository
from src.appointments.enums import AppointmentStatus
from src.appointments.repository import AppointmentRow
from src.appointments.service.read import get_read_studio
from src.calendars.enums import FeedKind
from src.calendars.feeds import service as feeds
from src.calendars.feeds.sources import FeedRequest
from src.core.ical import Entry, EntryIn, Feed
from src.core.identity import Principal
from src.core.mail.languages import catalog_for
from src.teams.exceptions import PermissionMissingError

# Long enough for everybody to have read what became of it.
CANCELLED_SHOWN: Final = timedelta(days=30)
TAKES_PLACE: Final = (
    AppointmentStatus.CONFIRMED,
    AppointmentStatus.COMPLETED,
    AppointmentStatus.NO_SHOW,
)


def for_customer(row: AppointmentRow, locale: str, *, uid_host: str, site: str) -> Entry:
    summary = catalog_for(locale).gettext("Visit of %(studio)s") % {"studio": row[1].name}
    return _entry(row, summary, uid_host=uid_host, site=site)


def for_studio(row: AppointmentRow, locale: str, *, uid_host: str, site: str) -> Entry:
    summary = catalog_for(locale).gettext("Visit of %(customer)s") % {"customer": row[2].firstname}
    return _entry(row, summary, uid_host=uid_host, site=site)


class MailEntries(NamedTuple):
    customer: EntryIn | None
    studio: EntryIn | None


def entries_of_mail(row: AppointmentRow, *, uid_host: str, site: str) -> MailEntries:
    """What holds at this moment, whichever mail brings it; nothing of what was in no calendar."""
    if row[0].confirmed_at is None:
        return MailEntries(None, None)
    return MailEntries(
        partial(for_customer, row, uid_host=uid_host, site=site),
        partial(for_studio, row, uid_host=uid_host, site=site),
    )


async def open_desk_feed(session: AsyncSession, *, principal: Principal, address_id: int) -> str:
    """Returns the token of the principal's own feed. Raises `AddressNotFoundError`, `PermissionMissingError`."""
    await get_read_studio(session, principal=principal, address_id=address_id)
    return await feeds.open_feed(session, principal=principal, kind=FeedKind.DESK, subject_id=address_id)


async def close_desk_feed(session: AsyncSession, *, principal: Principal, address_id: int) -> None:
    """Raises `AddressNotFoundError`, `PermissionMissingError`."""
    await get_read_studio(session, principal=principal, address_id=address_id)
    await feeds.close_feed(session, principal=principal, kind=FeedKind.DESK, subject_id=address_id)


async def customer_feed(session: AsyncSession, wanted: FeedRequest) -> Feed:
    visits = await _visits(session, wanted, repository.of_customer(wanted.subject_id), for_customer)
    return Feed(catalog_for(wanted.locale).gettext("My visits"), visits)


async def desk_feed(session: AsyncSession, wanted: FeedRequest) -> Feed | None:
    """For whoever may read the studio's bookings at the moment."""
    try:
        address = await get_read_studio(session, principal=wanted.principal, address_id=wanted.subject_id)
    except (AddressNotFoundError, PermissionMissingError):
        return None
    visits = await _visits(session, wanted, repository.of_address(address.id), for_studio)
    name = catalog_for(wanted.locale).gettext("Visits, %(studio)s") % {"studio": address.name}
    return Feed(name, visits)


async def _visits(
    session: AsyncSession,
    wanted: FeedRequest,
    which: ColumnElement[bool],
    as_entry: Callable[..., Entry],
) -> list[Entry]:
    now = wanted.window.starts_at + feeds.BACK
    rows = await repository.list_entries(
        session, which, window=wanted.window, cancelled_since=now - CANCELLED_SHOWN
    )
    return [as_entry(row, wanted.locale, uid_host=wanted.uid_host, site=wanted.site) for row in rows]


def _entry(row: AppointmentRow, summary: str, *, uid_host: str, site: str) -> Entry:
    appointment, address, _ = row
    page = f"{site}/appointments/{appointment.id}"
    return Entry(
        uid=f"appointment-{appointment.id}@{uid_host}",
        sequence=appointment.version - 1,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        timezone=address.timezone,
        summary=summary,
        location=f"{address.name}, {address.street}",
        description=page,
        url=page,
        is_cancelled=appointment.status not in TAKES_PLACE,
        created_at=appointment.created_at,
        changed_at=appointment.updated_at,
    )
