from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses import policies as studios
from src.addresses import service as addresses
from src.addresses.localtime import midnight
from src.addresses.models import Address
from src.appointments import repository
from src.appointments.exceptions import AppointmentNotFoundError
from src.appointments.repository import AppointmentRow
from src.appointments.schemas import (
    AppointmentMoveRead,
    AppointmentRead,
    StudioAppointmentFilter,
    StudioAppointmentRead,
)
from src.bookings.schemas import ChangeRead
from src.calendars.service import Span
from src.core.identity import AdminOnlyError, Principal
from src.core.pagination import PageRequest
from src.core.schemas import FIRST_YEAR, LAST_YEAR
from src.teams.permissions import Permission
from src.users import service as users


async def get_appointment(
    session: AsyncSession, *, principal: Principal, appointment_id: int
) -> AppointmentRead:
    """Raises `AppointmentNotFoundError`, also for one that the principal may not see."""
    return as_read(await _get_visible(session, principal, appointment_id))


async def list_history(
    session: AsyncSession, *, principal: Principal, appointment_id: int
) -> list[AppointmentMoveRead]:
    """Oldest first; who by their role, not by their name. Raises `AppointmentNotFoundError`."""
    await _get_visible(session, principal, appointment_id)
    return [
        AppointmentMoveRead(
            from_status=move.from_status,
            to_status=move.to_status,
            actor=move.actor,
            reason=move.reason,
            changes={
                field: ChangeRead(before=before, after=after)
                for field, (before, after) in move.changes.items()
            },
            created_at=move.created_at,
        )
        for move in await repository.list_moves(session, appointment_id)
    ]


async def list_mine(
    session: AsyncSession, *, principal: Principal, page: PageRequest
) -> tuple[Sequence[AppointmentRead], int]:
    rows, total = await repository.list_of_customer(session, principal.user_id, page)
    return [as_read(row) for row in rows], total


async def list_of_customer(
    session: AsyncSession, *, principal: Principal, user_id: int, page: PageRequest
) -> tuple[Sequence[AppointmentRead], int]:
    """That user's own question, or an administrator's. Raises `AdminOnlyError`, `UserNotFoundError`."""
    if principal.user_id != user_id and not principal.is_admin:
        raise AdminOnlyError
    await users.get_user(session, user_id=user_id)
    rows, total = await repository.list_of_customer(session, user_id, page)
    return [as_read(row) for row in rows], total


async def list_of_address(
    session: AsyncSession, *, principal: Principal, address_id: int, wanted: StudioAppointmentFilter
) -> tuple[Sequence[StudioAppointmentRead], int]:
    """With who comes. Raises `AddressNotFoundError`, `PermissionMissingError`."""
    address = await get_read_studio(session, principal=principal, address_id=address_id)
    zone = ZoneInfo(address.timezone)
    first, last = wanted.from_ or date(FIRST_YEAR, 1, 1), wanted.to or date(LAST_YEAR, 12, 31)
    period = Span(midnight(first, zone), midnight(last, zone))
    rows, total = await repository.list_of_address(session, address.id, wanted, period)
    return [_as_studio_read(row) for row in rows], total


async def get_read_studio(session: AsyncSession, *, principal: Principal, address_id: int) -> Address:
    """A studio whose visits the principal may see. Raises `AddressNotFoundError`, `PermissionMissingError`."""
    address = await addresses.require_visible(session, principal=principal, address_id=address_id)
    await studios.require(session, principal=principal, address=address, permission=Permission.READ_BOOKINGS)
    return address


async def _get_visible(session: AsyncSession, principal: Principal, appointment_id: int) -> AppointmentRow:
    found = await repository.find_visible(session, principal=principal, appointment_id=appointment_id)
    if found is None:
        raise AppointmentNotFoundError
    return found


def as_read(row: AppointmentRow) -> AppointmentRead:
    appointment, address, _ = row
    zone = ZoneInfo(address.timezone)
    return AppointmentRead(
        id=appointment.id,
        status=appointment.status,
        version=appointment.version,
        address_id=address.id,
        address_name=address.name,
        company_id=address.company_id,
        customer_id=appointment.customer_id,
        timezone=address.timezone,
        starts_at=appointment.starts_at.astimezone(zone),
        ends_at=appointment.ends_at.astimezone(zone),
        note=appointment.note,
        created_at=appointment.created_at,
    )


def _as_studio_read(row: AppointmentRow) -> StudioAppointmentRead:
    customer = row[2]
    return StudioAppointmentRead(
        **dict(as_read(row)),
        customer_name=f"{customer.firstname} {customer.lastname}",
        customer_email=customer.email,
        customer_phone=customer.phone,
    )
