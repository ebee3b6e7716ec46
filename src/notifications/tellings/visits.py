"""Who hears of a visit: who comes, and those of the studio who may receive them. Once for each version of it.

Whatever is told brings the entry that holds at this moment, so that calendars follow.
"""

from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from src.appointments import service as appointments
from src.appointments.calendar import MailEntries, entries_of_mail
from src.appointments.enums import AppointmentStatus
from src.appointments.events import AppointmentConfirmed, AppointmentReminderDue, AppointmentRequested
from src.appointments.service import AppointmentRow
from src.core.config import get_settings
from src.core.ical import EntryIn
from src.notifications.telling import News, Recipient
from src.teams import service as teams
from src.teams.permissions import Permission

NO_ENTRIES = MailEntries(None, None)


class OfAppointment(Protocol):
    @property
    def appointment_id(self) -> int: ...


async def visitor(session: AsyncSession, event: OfAppointment) -> News | None:
    row, facts = await appointments.mail_facts(session, appointment_id=event.appointment_id)
    return _to_visitor(row, facts, _entries(row).customer)


async def studio(session: AsyncSession, event: OfAppointment) -> News | None:
    row, facts = await appointments.mail_facts(session, appointment_id=event.appointment_id)
    return await _to_studio(session, row, facts, _entries(row).studio)


async def studio_that_is_asked(session: AsyncSession, event: AppointmentRequested) -> News | None:
    """It stands in no calendar yet."""
    row, facts = await appointments.mail_facts(session, appointment_id=event.appointment_id)
    return await _to_studio(session, row, facts, None)


async def visitor_who_comes(session: AsyncSession, event: AppointmentConfirmed) -> News | None:
    row, facts = await appointments.mail_facts(session, appointment_id=event.appointment_id)
    return _to_visitor(row, facts, _entries_if_confirmed(row).customer)


async def studio_that_expects(session: AsyncSession, event: AppointmentConfirmed) -> News | None:
    row, facts = await appointments.mail_facts(session, appointment_id=event.appointment_id)
    return await _to_studio(session, row, facts, _entries_if_confirmed(row).studio)


async def visitor_of_tomorrow(session: AsyncSession, event: AppointmentReminderDue) -> News | None:
    """Of a visit that still takes place; one that was moved meanwhile has another reminder."""
    row, facts = await appointments.mail_facts(session, appointment_id=event.appointment_id)
    appointment = row[0]
    if appointment.status is not AppointmentStatus.CONFIRMED or appointment.remind_at is not None:
        return None
    return _to_visitor(row, facts, _entries(row).customer)


def _to_visitor(row: AppointmentRow, facts: dict[str, Any], entry: EntryIn | None) -> News | None:
    """Nobody, when they have deleted their account."""
    customer = row[2]
    if customer.deleted_at is not None:
        return None
    return News(
        key=_key(row), recipients=[Recipient.of(customer)], facts=_facts(row), params=facts, entry=entry
    )


async def _to_studio(
    session: AsyncSession, row: AppointmentRow, facts: dict[str, Any], entry: EntryIn | None
) -> News:
    _, address, customer = row
    entitled = await teams.list_entitled(
        session,
        permission=Permission.MANAGE_APPOINTMENTS,
        company_id=address.company_id,
        address_id=address.id,
    )
    return News(
        key=_key(row),
        recipients=[Recipient.of(user) for user in entitled],
        facts=_facts(row) | {"customer": facts["customer"]},
        params=facts,
        entry=entry,
        about_user_id=customer.id,
    )


def _key(row: AppointmentRow) -> str:
    return f"{row[0].id}:{row[0].version}"


def _facts(row: AppointmentRow) -> dict[str, Any]:
    appointment, address, _ = row
    return {
        "appointment_id": appointment.id,
        "studio": address.name,
        "address_id": address.id,
        "company_id": address.company_id,
        "starts_at": appointment.starts_at.isoformat(),
        "ends_at": appointment.ends_at.isoformat(),
        "timezone": address.timezone,
    }


def _entries_if_confirmed(row: AppointmentRow) -> MailEntries:
    """A confirmation that is late by a cancellation must not put back what the cancellation takes out."""
    return _entries(row) if row[0].status is AppointmentStatus.CONFIRMED else NO_ENTRIES


def _entries(row: AppointmentRow) -> MailEntries:
    settings = get_settings()
    return entries_of_mail(row, uid_host=settings.calendar_host, site=settings.frontend_url)
