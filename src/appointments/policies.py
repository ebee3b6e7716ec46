"""In which role somebody stands to an appointment. It is read by who may read the studio's bookings."""

from sqlalchemy.ext.asyncio import AsyncSession

from src.appointments.exceptions import AppointmentNotFoundError
from src.appointments.models import Appointment
from src.bookings.enums import Actor
from src.core.identity import Principal
from src.teams import policies as teams
from src.teams.permissions import Permission


async def actor_of(
    session: AsyncSession, *, principal: Principal, appointment: Appointment, company_id: int
) -> Actor:
    """The customer, even of their own studio; else the studio's side. Raises `AppointmentNotFoundError`."""
    if appointment.customer_id == principal.user_id:
        return Actor.CUSTOMER
    may_read = await teams.may(
        session,
        principal=principal,
        permission=Permission.READ_BOOKINGS,
        company_id=company_id,
        address_id=appointment.address_id,
    )
    if may_read:
        return Actor.OWNER
    raise AppointmentNotFoundError


async def require_studio(
    session: AsyncSession, *, principal: Principal, appointment: Appointment, company_id: int
) -> None:
    """The studio's side, to act. Raises `PermissionMissingError` for who may only look."""
    await teams.require(
        session,
        principal=principal,
        permission=Permission.MANAGE_APPOINTMENTS,
        company_id=company_id,
        address_id=appointment.address_id,
    )
