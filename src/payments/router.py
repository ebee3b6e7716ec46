from http import HTTPStatus

from src.bookings.exceptions import BookingNotFoundError, IllegalMoveError
from src.core.config import SettingsDep
from src.core.database import DatabaseDep, ReadSessionDep, SessionDep
from src.core.errors import UnauthorizedError, UnavailableError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.idempotency import IDEMPOTENCY_ERRORS, Idempotent
from src.core.identity import PrincipalDep
from src.core.schemas import PathId
from src.payments import service
from src.payments.exceptions import (
    AmountNotDueError,
    ChargeNotFoundError,
    CheckoutOpenError,
    GatewayNotOfferedError,
    NotRefundableError,
    PaymentsNotConnectedError,
    PaymentUndecidedError,
)
from src.payments.schemas import (
    ChargeRead,
    CheckoutCreate,
    CheckoutRead,
    PaymentCreate,
    PaymentsRead,
    RefundCreate,
    RefundRead,
)
from src.teams.exceptions import PermissionMissingError

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
        PaymentsNotConnectedError,
        PaymentUndecidedError,
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
    """Opens the page where you pay for your hold, or for the dearer time that your booking waits to be moved to:
    send the browser to `url`.

    Asking again gives the same page while it is open, so no Idempotency-Key is needed. When the money has arrived
    the booking is `confirmed`, or has its new time, and the mails go out.
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


@router.post(
    "/payments",
    status_code=HTTPStatus.CREATED,
    response_model=ChargeRead,
    operation_id="record_payment",
    dependencies=[Idempotent],
    responses=errors(
        UnauthorizedError,
        BookingNotFoundError,
        PermissionMissingError,
        IllegalMoveError,
        AmountNotDueError,
        ValidationFailedError,
        *IDEMPOTENCY_ERRORS,
    ),
)
async def record_payment(body: PaymentCreate, session: SessionDep, principal: PrincipalDep) -> ChargeRead:
    """For the studio: the customer has paid in cash or by bank transfer. A hold is `confirmed` with it, a booking
    that waits for the difference gets its new time. Who was booked at the desk can pay even after they have left.

    `amount` has to be all that is open, so that nobody confirms by mistake. Pages that the customer has opened at
    other gateways are closed; what was paid there meanwhile goes back.
    """
    return await service.record_payment(session, principal=principal, body=body)


@router.post(
    "/payments/{charge_id}/refunds",
    status_code=HTTPStatus.CREATED,
    response_model=RefundRead,
    operation_id="refund_payment",
    dependencies=[Idempotent],
    responses=errors(
        UnauthorizedError,
        ChargeNotFoundError,
        PermissionMissingError,
        NotRefundableError,
        ValidationFailedError,
        *IDEMPOTENCY_ERRORS,
    ),
)
async def refund_payment(
    charge_id: PathId, body: RefundCreate, session: SessionDep, principal: PrincipalDep
) -> RefundRead:
    """For the studio and the platform: money back beyond what the cancellation policy says; the booking stays.

    Any part of what is left, or all of it. It is `pending` for some seconds; with cash you hand it over yourself.
    """
    return await service.grant_refund(session, principal=principal, charge_id=charge_id, body=body)
