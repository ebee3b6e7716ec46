from datetime import timedelta
from http import HTTPStatus

from fastapi import Response

from src.addresses.exceptions import LocalTimeSkippedError
from src.bookings import service
from src.bookings.exceptions import BookingNotFoundError, IllegalMoveError
from src.bookings.schemas import (
    BookingRead,
    BookingWish,
    CancellationCreate,
    CancellationPreview,
    QuoteRead,
)
from src.calendars.exceptions import SlotTakenError
from src.core.clock import utc_now
from src.core.config import SettingsDep
from src.core.database import FastReadDep, FastTransactionDep, ReadSessionDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import JsonResponse, domain_router
from src.core.idempotency import IDEMPOTENCY_ERRORS, FastIdempotent, Idempotent
from src.core.identity import EmailNotVerifiedError, PrincipalDep, VerifiedPrincipalDep
from src.core.pagination import Page, PageDep
from src.core.schemas import PathId
from src.rooms.exceptions import RULE_ERRORS, RoomNotFoundError, RoomNotPricedError

router = domain_router(tags=["bookings"], prefix="/bookings")

WISH_ERRORS = (
    RoomNotFoundError,
    RoomNotPricedError,
    LocalTimeSkippedError,
    *RULE_ERRORS,
    ValidationFailedError,
)


@router.post(
    "/quote",
    response_model=QuoteRead,
    operation_id="quote_booking",
    responses=errors(*WISH_ERRORS),
)
async def quote_booking(body: BookingWish, connection: FastReadDep) -> Response:
    """What a booking would cost, line by line. Takes no time and needs no log-in.

    Checks the room's rules, but not whether the time is taken: for that see the room's availability.
    """
    return JsonResponse(await service.quote(connection, body=body, now=utc_now()))


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=BookingRead,
    operation_id="create_booking",
    dependencies=[FastIdempotent],
    responses=errors(
        UnauthorizedError, EmailNotVerifiedError, SlotTakenError, *WISH_ERRORS, *IDEMPOTENCY_ERRORS
    ),
)
async def create_booking(
    body: BookingWish, transaction: FastTransactionDep, principal: VerifiedPrincipalDep, settings: SettingsDep
) -> Response:
    """Holds the room for you for 30 minutes: `status` is `pending` until it is paid, `expires_at` when it ends.

    Of any number of people who want the same time exactly one gets 201, the others 409 `slot_taken`. Send an
    `Idempotency-Key`, and a repeated request gets the same booking. Next: POST /bookings/{id}/checkout.
    """
    document = await service.create_booking(
        transaction,
        principal=principal,
        body=body,
        hold=timedelta(seconds=settings.hold_seconds),
        now=utc_now(),
    )
    return JsonResponse(document, status_code=HTTPStatus.CREATED)


@router.get(
    "",
    response_model=Page[BookingRead],
    operation_id="list_my_bookings",
    responses=errors(UnauthorizedError, ValidationFailedError),
)
async def list_my_bookings(
    session: ReadSessionDep, principal: PrincipalDep, page: PageDep
) -> Page[BookingRead]:
    """The bookings that you have made, newest first."""
    bookings, total = await service.list_my_bookings(session, principal=principal, page=page)
    return Page(items=bookings, total=total, page=page.page, size=page.size)


@router.get(
    "/{booking_id}",
    response_model=BookingRead,
    operation_id="get_booking",
    responses=errors(UnauthorizedError, BookingNotFoundError, ValidationFailedError),
)
async def get_booking(booking_id: PathId, session: ReadSessionDep, principal: PrincipalDep) -> BookingRead:
    """One booking, for its customer and for the company's admins; others get 404."""
    return await service.get_booking(session, principal=principal, booking_id=booking_id)


@router.get(
    "/{booking_id}/cancellation",
    response_model=CancellationPreview,
    operation_id="preview_cancellation",
    responses=errors(UnauthorizedError, BookingNotFoundError, IllegalMoveError, ValidationFailedError),
)
async def preview_cancellation(
    booking_id: PathId, session: ReadSessionDep, principal: PrincipalDep
) -> CancellationPreview:
    """What cancelling at this moment would pay back. Show it before you ask "really?"."""
    return await service.preview_cancellation(
        session, principal=principal, booking_id=booking_id, now=utc_now()
    )


@router.post(
    "/{booking_id}/cancel",
    response_model=BookingRead,
    operation_id="cancel_booking",
    dependencies=[Idempotent],
    responses=errors(
        UnauthorizedError, BookingNotFoundError, IllegalMoveError, ValidationFailedError, *IDEMPOTENCY_ERRORS
    ),
)
async def cancel_booking(
    booking_id: PathId, body: CancellationCreate, session: SessionDep, principal: PrincipalDep
) -> BookingRead:
    """Cancels a booking; its time is free at once. `refund` is what goes back by the policy it was made under.

    When the studio cancels, all of it goes back. The money follows within seconds: GET /bookings/{id}/payments.
    """
    return await service.cancel_booking(
        session, principal=principal, booking_id=booking_id, body=body, now=utc_now()
    )
