"""An appointment, locked, for somebody who is about to move it."""

from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from src.appointments import policies, repository
from src.appointments.exceptions import AppointmentChangedError, AppointmentNotFoundError
from src.appointments.models import Appointment
from src.bookings.enums import Actor
from src.core.identity import Principal


class Locked(NamedTuple):
    appointment: Appointment
    company_id: int
    actor: Actor


async def lock(
    session: AsyncSession, *, principal: Principal, appointment_id: int, version: int | None
) -> Locked:
    """For its customer, or for who may manage the studio's appointments.

    Raises `AppointmentNotFoundError`, `PermissionMissingError`, and `AppointmentChangedError` when it isn't of the
    version, where one is given.
    """
    found = await repository.find_locked(session, appointment_id)
    if found is None:
        raise AppointmentNotFoundError
    appointment, company_id = found
    actor = await policies.actor_of(
        session, principal=principal, appointment=appointment, company_id=company_id
    )
    if actor is Actor.OWNER:
        await policies.require_studio(
            session, principal=principal, appointment=appointment, company_id=company_id
        )
    _check_version(appointment, version)
    return Locked(appointment, company_id, actor)


async def lock_for_studio(
    session: AsyncSession, *, principal: Principal, appointment_id: int, version: int | None
) -> Locked:
    """For the studio's side, even if they are its customer too. Raises like `lock`."""
    found = await repository.find_locked(session, appointment_id)
    if found is None:
        raise AppointmentNotFoundError
    appointment, company_id = found
    await policies.actor_of(session, principal=principal, appointment=appointment, company_id=company_id)
    await policies.require_studio(
        session, principal=principal, appointment=appointment, company_id=company_id
    )
    _check_version(appointment, version)
    return Locked(appointment, company_id, Actor.OWNER)


def _check_version(appointment: Appointment, version: int | None) -> None:
    if version is not None and appointment.version != version:
        raise AppointmentChangedError(version_now=appointment.version)
