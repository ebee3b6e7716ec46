"""Mails about bookings; times are the studio's local ones."""

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import service
from src.bookings.enums import BookingStatus
from src.bookings.events import BookingCancelled, BookingConfirmed, HoldExpired
from src.companies import service as companies
from src.core.mail import service as mail
from src.users import service as users


async def mail_confirmation(session: AsyncSession, event: BookingConfirmed) -> None:
    await _mail_customer(session, event.booking_id, "bookings/confirmed")
    await _mail_owners(session, event.booking_id, "bookings/confirmed_owner")


async def mail_cancellation(session: AsyncSession, event: BookingCancelled) -> None:
    await _mail_customer(session, event.booking_id, "bookings/cancelled")
    booking, _ = await service.mail_facts(session, booking_id=event.booking_id)
    if booking.paid_amount > 0:  # nobody told the owners of a hold
        await _mail_owners(session, event.booking_id, "bookings/cancelled_owner")


async def mail_expiry(session: AsyncSession, event: HoldExpired) -> None:
    booking, _ = await service.mail_facts(session, booking_id=event.booking_id)
    if booking.status is BookingStatus.EXPIRED:  # and not revived by a payment since
        await _mail_customer(session, event.booking_id, "bookings/expired")


async def _mail_customer(session: AsyncSession, booking_id: int, template: str) -> None:
    booking, facts = await service.mail_facts(session, booking_id=booking_id)
    customer = await users.get_user(session, user_id=booking.customer_id)
    await mail.queue(
        session,
        key=f"{template}:{booking.id}:{customer.id}",
        template=template,
        recipient=customer.email,
        params={**facts, "firstname": customer.firstname},
    )


async def _mail_owners(session: AsyncSession, booking_id: int, template: str) -> None:
    booking, facts = await service.mail_facts(session, booking_id=booking_id)
    customer = await users.get_user(session, user_id=booking.customer_id)
    facts["customer"] = f"{customer.firstname} {customer.lastname}"
    for admin in await companies.list_admins(session, company_id=booking.company_id):
        await mail.queue(
            session,
            key=f"{template}:{booking.id}:{admin.id}",
            template=template,
            recipient=admin.email,
            params={**facts, "firstname": admin.firstname},
        )
