from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import service as bookings
from src.bookings.events import BookingCancelled
from src.core.mail import service as mail
from src.payments import repository, service
from src.payments.events import LatePaymentRefunded
from src.users import service as users


async def refund_cancelled_booking(session: AsyncSession, event: BookingCancelled) -> None:
    await service.refund_cancelled_booking(session, booking_id=event.booking_id)


async def mail_late_payment(session: AsyncSession, event: LatePaymentRefunded) -> None:
    found = await repository.find_refund_with_charge(session, event.refund_id)
    assert found is not None
    refund, charge = found
    booking, facts = await bookings.mail_facts(session, booking_id=charge.booking_id)
    customer = await users.get_user(session, user_id=booking.customer_id)
    await mail.queue(
        session,
        key=f"payments/late_payment:{refund.id}",
        template="payments/late_payment",
        recipient=customer.email,
        params={
            **facts,
            "firstname": customer.firstname,
            "refund": {"amount": refund.amount, "currency": charge.currency},
        },
    )
