"""What notifications and mails say about an appointment."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from src.appointments import repository
from src.appointments.repository import AppointmentRow


async def mail_facts(session: AsyncSession, *, appointment_id: int) -> tuple[AppointmentRow, dict[str, Any]]:
    """The appointment with its studio and customer, and the facts, in no language.

    `reason` is what was said with its latest move.
    """
    row = await repository.get(session, appointment_id)
    appointment, address, customer = row
    return row, {
        "appointment_id": appointment.id,
        "status": appointment.status,
        "studio": address.name,
        "street": address.street,
        "starts": appointment.starts_at.isoformat(),
        "ends": appointment.ends_at.isoformat(),
        "timezone": address.timezone,
        "customer": f"{customer.firstname} {customer.lastname}",
        "note": appointment.note,
        "reason": await repository.get_last_reason(session, appointment.id),
    }
