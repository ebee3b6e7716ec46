from src.bookings import reference
from src.bookings import service as bookings
from src.core.config import Settings
from src.core.database import Database
from src.core.errors import UnavailableError
from src.core.identity import Principal
from src.payments import repository
from src.payments.gateways.base import CheckoutOrder, GatewayError
from src.payments.gateways.registry import get_gateway
from src.payments.models import Charge
from src.payments.schemas import CheckoutRead


async def open_checkout(
    database: Database, *, settings: Settings, principal: Principal, booking_id: int, gateway_name: str
) -> CheckoutRead:
    """A page where the hold is paid. The same one again while it is open: safe to repeat.

    Three steps: the intent is committed, the gateway is called outside of any transaction with the intent's id as
    idempotency key, its answer is recorded. Cut off in between, the next call goes on with the same key.
    Raises `GatewayNotOfferedError`, `BookingNotFoundError`, `IllegalMoveError`, `UnavailableError`.
    """
    gateway = get_gateway(gateway_name, settings=settings, database=database)
    charge = await _intent(database, principal=principal, booking_id=booking_id, gateway=gateway.name)
    if charge.checkout_url is not None:
        return CheckoutRead(url=charge.checkout_url, expires_at=charge.expires_at)
    try:
        checkout = await gateway.open_checkout(_order(charge, settings))
    except GatewayError as error:
        raise UnavailableError("The payment service does not answer; try again in a moment.") from error
    async with database.transaction() as session:
        await repository.set_checkout(session, charge_id=charge.id, ref=checkout.ref, url=checkout.url)
    return CheckoutRead(url=checkout.url, expires_at=charge.expires_at)


async def _intent(database: Database, *, principal: Principal, booking_id: int, gateway: str) -> Charge:
    async with database.transaction() as session:
        booking = await bookings.get_payable_booking(session, principal=principal, booking_id=booking_id)
        charge = await repository.find_open_charge(session, booking_id=booking.id, gateway=gateway)
        if charge is None:
            charge = Charge(
                booking_id=booking.id,
                gateway=gateway,
                amount=booking.total_amount - booking.paid_amount,
                currency=booking.currency,
                expires_at=booking.expires_at,
            )
            session.add(charge)
            await session.flush()
        return charge


def _order(charge: Charge, settings: Settings) -> CheckoutOrder:
    return CheckoutOrder(
        idempotency_key=f"charge-{charge.id}",
        charge_id=charge.id,
        description=f"Booking {reference.encode(charge.booking_id)}",
        amount=charge.amount,
        currency=charge.currency,
        expires_at=charge.expires_at,
        return_url=f"{settings.frontend_url}/bookings/{charge.booking_id}",
    )
