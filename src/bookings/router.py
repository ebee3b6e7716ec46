from http import HTTPStatus
from typing import Annotated

from fastapi import Body, Query, Response

from src.addresses.exceptions import LocalTimeSkippedError
from src.bookings import service
from src.bookings.add_ons.exceptions import ADD_ON_ERRORS, AddOnTakenError
from src.bookings.deadlines import HoldTerms
from src.bookings.exceptions import (
    BookingChangedError,
    BookingNotFoundError,
    CoolDownError,
    IllegalMoveError,
    OfferChangedError,
    TooManyHoldsError,
)
from src.bookings.schemas import (
    BookingFilter,
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
from src.core.identity import PrincipalDep
from src.core.pagination import Page
from src.core.schemas import PathId
from src.rooms.exceptions import RULE_ERRORS, RoomNotFoundError, RoomNotPricedError
from src.teams.exceptions import PermissionMissingError

router = domain_router(tags=["bookings"], prefix="/bookings")

WISH_ERRORS = (
    RoomNotFoundError,
    RoomNotPricedError,
    LocalTimeSkippedError,
    *RULE_ERRORS,
    *ADD_ON_ERRORS,
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

    Refuses what the room's rules don't allow. Time that is taken is priced all the same: `is_free` says so.
    """
    return JsonResponse(await service.quote(connection, body=body, now=utc_now()))


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=BookingRead,
    operation_id="create_booking",
    dependencies=[FastIdempotent],
    responses=errors(
        UnauthorizedError,
        SlotTakenError,
        AddOnTakenError,
        OfferChangedError,
        TooManyHoldsError,
        CoolDownError,
        *WISH_ERRORS,
        *IDEMPOTENCY_ERRORS,
    ),
)
async def create_booking(
    body: BookingWish, transaction: FastTransactionDep, principal: PrincipalDep, settings: SettingsDep
) -> Response:
    """Holds the room for you for 30 minutes: `status` is `pending` until it is paid, `expires_at` when it ends.

    A room that is let on request (`booking_mode`) is held until its owner has answered: `awaiting_approval`.

    Of any number of people who want the same time exactly one gets 201, the others 409 `slot_taken`. Send an
    `Idempotency-Key`, and a repeated request gets the same booking. Next: POST /bookings/{id}/checkout.

    `equipment_ids` and `professional` come with the room, all of it or nothing: GET /rooms/{id}/add-ons has what
    there is, 409 `add_on_taken` says which of it is taken.

    For 409 `slot_taken` and 422 of the room's rules GET /rooms/{id}/availability/alternatives has what is near;
    409 `offer_changed` means that the owner changed the room meanwhile: show the new quote and repeat.
    """
    document = await service.create_booking(
        transaction,
        principal=principal,
        body=body,
        terms=HoldTerms.of(settings),
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
    wanted: Annotated[BookingFilter, Query()], session: ReadSessionDep, principal: PrincipalDep
) -> Page[BookingRead]:
    """The bookings that you have made, newest first; those of one series with `?series_id=`."""
    bookings, total = await service.list_my_bookings(session, principal=principal, wanted=wanted)
    return Page(items=bookings, total=total, page=wanted.page, size=wanted.size)


@router.get(
    "/{booking_id}",
    response_model=BookingRead,
    operation_id="get_booking",
    responses=errors(UnauthorizedError, BookingNotFoundError, ValidationFailedError),
)
async def get_booking(booking_id: PathId, session: ReadSessionDep, principal: PrincipalDep) -> BookingRead:
    """One booking, for its customer, the studio's people and the professional who comes with it; others get 404."""
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
    """What cancelling at this moment would pay back, and what waiting costs. Show it before you ask "really?"."""
    return await service.preview_cancellation(
        session, principal=principal, booking_id=booking_id, now=utc_now()
    )


@router.post(
    "/{booking_id}/cancel",
    response_model=BookingRead,
    operation_id="cancel_booking",
    dependencies=[Idempotent],
    responses=errors(
        UnauthorizedError,
        PermissionMissingError,
        BookingNotFoundError,
        BookingChangedError,
        IllegalMoveError,
        ValidationFailedError,
        *IDEMPOTENCY_ERRORS,
    ),
)
async def cancel_booking(
    booking_id: PathId,
    body: Annotated[CancellationCreate, Body(default_factory=CancellationCreate)],
    session: SessionDep,
    principal: PrincipalDep,
) -> BookingRead:
    """Cancels a booking; its time is free at once. `refund` is what goes back by the policy it was made under.

    When the studio cancels, all of it goes back. The money follows within seconds: GET /bookings/{id}/payments.
    """
    return await service.cancel_booking(
        session, principal=principal, booking_id=booking_id, body=body, now=utc_now()
    )
