"""The public part of our events: the one table of what integrators are told, and with which facts.

Ids and facts of the business only, no personal data: whoever needs more asks the API with their own rights.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses.events import AddressPublished, AddressUnpublished
from src.appointments import events as appointments
from src.bookings import events as bookings
from src.bookings import reference
from src.bookings import service as bookings_service
from src.core.events import Event
from src.events.events import EventCancelled, EventMoved
from src.payments.events import PayoutFailed, PayoutSent
from src.payments.payouts import service as payouts
from src.payments.payouts.models import Payout
from src.webhooks import repository
from src.webhooks.enums import EventType


class Facts(NamedTuple):
    company_id: int
    data: dict[str, Any]


class Announcement(NamedTuple):
    """`describe` reads what is to be told; None when it has gone since."""

    type: EventType
    describe: Callable[[AsyncSession, Any], Awaitable[Facts | None]]


async def describe_booking(session: AsyncSession, event: Any) -> Facts:
    booking, facts = await bookings_service.mail_facts(session, booking_id=event.booking_id)
    return Facts(
        booking.company_id,
        {
            "id": booking.id,
            "reference": reference.encode(booking.id),
            "status": booking.status,
            "company_id": booking.company_id,
            "address_id": booking.address_id,
            "room_id": booking.room_id,
            "event_id": booking.event_id,
            "seats": booking.seats,
            "starts_at": booking.starts_at.isoformat(),
            "ends_at": booking.ends_at.isoformat(),
            "timezone": facts["timezone"],
            "total": {"amount": booking.total_amount, "currency": booking.currency},
            "paid": {"amount": booking.paid_amount, "currency": booking.currency},
            "refund": {"amount": booking.refund_amount, "currency": booking.currency},
        },
    )


async def describe_hosted_event(session: AsyncSession, event: EventMoved | EventCancelled) -> Facts | None:
    found = await repository.find_hosted_event(session, event.event_id)
    if found is None:
        return None
    hosted, address = found
    return Facts(
        address.company_id,
        {
            "id": hosted.id,
            "status": hosted.status,
            "company_id": address.company_id,
            "address_id": address.id,
            "room_id": hosted.room_id,
            "title": hosted.title,
            "starts_at": hosted.starts_at.isoformat(),
            "ends_at": hosted.ends_at.isoformat(),
            "timezone": address.timezone,
            "capacity": hosted.capacity,
        },
    )


async def describe_appointment(session: AsyncSession, event: Any) -> Facts | None:
    found = await repository.find_appointment(session, event.appointment_id)
    if found is None:
        return None
    appointment, address = found
    return Facts(
        address.company_id,
        {
            "id": appointment.id,
            "status": appointment.status,
            "company_id": address.company_id,
            "address_id": address.id,
            "starts_at": appointment.starts_at.isoformat(),
            "ends_at": appointment.ends_at.isoformat(),
            "timezone": address.timezone,
        },
    )


async def describe_payout(session: AsyncSession, event: PayoutSent) -> Facts:
    payout, company = await payouts.get_with_company(session, payout_id=event.payout_id)
    return Facts(company.id, _of_payout(payout))


async def describe_failed_payout(session: AsyncSession, event: PayoutFailed) -> Facts | None:
    """Unless it has been sent again since."""
    failed = await payouts.find_failed(session, payout_id=event.payout_id)
    if failed is None:
        return None
    return Facts(failed.company.id, _of_payout(failed.payout) | {"failure": failed.payout.failure})


def _of_payout(payout: Payout) -> dict[str, Any]:
    return {
        "id": payout.id,
        "company_id": payout.company_id,
        "amount": {"amount": payout.amount, "currency": payout.currency},
    }


async def describe_studio(
    session: AsyncSession, event: AddressPublished | AddressUnpublished
) -> Facts | None:
    address = await repository.find_address(session, event.address_id)
    if address is None:
        return None
    return Facts(
        address.company_id,
        {
            "id": address.id,
            "company_id": address.company_id,
            "slug": address.slug,
            "name": address.name,
            "status": address.status,
        },
    )


PUBLIC: Final[Mapping[type[Event], Announcement]] = {
    bookings.BookingRequested: Announcement(EventType.BOOKING_REQUESTED, describe_booking),
    bookings.BookingApproved: Announcement(EventType.BOOKING_APPROVED, describe_booking),
    bookings.BookingDeclined: Announcement(EventType.BOOKING_DECLINED, describe_booking),
    bookings.BookingConfirmed: Announcement(EventType.BOOKING_CONFIRMED, describe_booking),
    bookings.BookingRescheduled: Announcement(EventType.BOOKING_RESCHEDULED, describe_booking),
    bookings.BookingCancelled: Announcement(EventType.BOOKING_CANCELLED, describe_booking),
    bookings.HoldExpired: Announcement(EventType.BOOKING_EXPIRED, describe_booking),
    bookings.RequestExpired: Announcement(EventType.BOOKING_EXPIRED, describe_booking),
    bookings.BookingCompleted: Announcement(EventType.BOOKING_COMPLETED, describe_booking),
    bookings.BookingNoShow: Announcement(EventType.BOOKING_NO_SHOW, describe_booking),
    bookings.NoShowTakenBack: Announcement(EventType.BOOKING_NO_SHOW_TAKEN_BACK, describe_booking),
    EventMoved: Announcement(EventType.EVENT_MOVED, describe_hosted_event),
    EventCancelled: Announcement(EventType.EVENT_CANCELLED, describe_hosted_event),
    appointments.AppointmentRequested: Announcement(EventType.APPOINTMENT_REQUESTED, describe_appointment),
    appointments.AppointmentConfirmed: Announcement(EventType.APPOINTMENT_CONFIRMED, describe_appointment),
    appointments.AppointmentMoved: Announcement(EventType.APPOINTMENT_MOVED, describe_appointment),
    appointments.AppointmentCancelled: Announcement(EventType.APPOINTMENT_CANCELLED, describe_appointment),
    appointments.AppointmentDeclined: Announcement(EventType.APPOINTMENT_DECLINED, describe_appointment),
    PayoutSent: Announcement(EventType.PAYOUT_SENT, describe_payout),
    PayoutFailed: Announcement(EventType.PAYOUT_FAILED, describe_failed_payout),
    AddressPublished: Announcement(EventType.STUDIO_PUBLISHED, describe_studio),
    AddressUnpublished: Announcement(EventType.STUDIO_UNPUBLISHED, describe_studio),
}
