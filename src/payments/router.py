from http import HTTPStatus

from src.bookings.exceptions import BookingNotFoundError, IllegalMoveError
from src.core.config import SettingsDep
from src.core.database import DatabaseDep, ReadSessionDep
from src.core.errors import UnauthorizedError, UnavailableError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.identity import PrincipalDep
from src.core.schemas import PathId
from src.payments import service
from src.payments.exceptions import CheckoutOpenError, GatewayNotOfferedError
from src.payments.schemas import CheckoutCreate, CheckoutRead, PaymentsRead

router = domain_router(tags=["payments"])


@router.post(
    "/bookings/{booking_id}/checkout",
    status_code=HTTPStatus.CREATED,
    response_model=CheckoutRead,
    operation_id="open_checkout",
    responses=errors(
        UnauthorizedError,
        BookingNotFoundError,
        IllegalMoveError,
        CheckoutOpenError,
        GatewayNotOfferedError,
        ValidationFailedError,
        UnavailableError,
    ),
)
async def open_checkout(
    booking_id: PathId,
    body: CheckoutCreate,
    database: DatabaseDep,
    principal: PrincipalDep,
    settings: SettingsDep,
) -> CheckoutRead:
    """Opens the page where you pay for your hold: send the browser to `url`.

    Asking again gives the same page while it is open, so no Idempotency-Key is needed. When the money has arrived
    the booking is `confirmed` and the mails go out.
    """
    return await service.open_checkout(
        database, settings=settings, principal=principal, booking_id=booking_id, gateway_name=body.gateway
    )


@router.get(
    "/bookings/{booking_id}/payments",
    response_model=PaymentsRead,
    operation_id="list_booking_payments",
    responses=errors(UnauthorizedError, BookingNotFoundError, ValidationFailedError),
)
async def list_booking_payments(
    booking_id: PathId, session: ReadSessionDep, principal: PrincipalDep
) -> PaymentsRead:
    """What was paid for a booking and what went back, oldest first; a refund is `pending` for some seconds."""
    return await service.list_payments(session, principal=principal, booking_id=booking_id)
