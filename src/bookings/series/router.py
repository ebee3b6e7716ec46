from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import Body

from src.addresses.exceptions import LocalTimeSkippedError
from src.bookings.add_ons.exceptions import ADD_ON_ERRORS
from src.bookings.deadlines import HoldTerms
from src.bookings.exceptions import CoolDownError, OfferChangedError, TooManyHoldsError
from src.bookings.schemas import CancellationCreate
from src.bookings.series import service
from src.bookings.series.exceptions import (
    RuleNotUnderstoodError,
    SeriesNotFoundError,
    SeriesNotFreeError,
    TooManyOccurrencesError,
)
from src.bookings.series.schemas import SeriesCancelled, SeriesCreate, SeriesRead
from src.core.clock import utc_now
from src.core.config import SettingsDep
from src.core.database import FastTransactionDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.idempotency import IDEMPOTENCY_ERRORS, FastIdempotent, Idempotent
from src.core.identity import PrincipalDep
from src.core.schemas import PathId
from src.rooms.exceptions import EndsBeforeStartError, RoomNotFoundError, RoomNotPricedError

router = domain_router(tags=["bookings"], prefix="/bookings/series")


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=SeriesRead,
    operation_id="book_series",
    dependencies=[FastIdempotent],
    responses=errors(
        UnauthorizedError,
        RoomNotFoundError,
        RoomNotPricedError,
        SeriesNotFreeError,
        OfferChangedError,
        TooManyHoldsError,
        CoolDownError,
        RuleNotUnderstoodError,
        TooManyOccurrencesError,
        EndsBeforeStartError,
        LocalTimeSkippedError,
        *ADD_ON_ERRORS,
        ValidationFailedError,
        *IDEMPOTENCY_ERRORS,
    ),
)
async def book_series(
    body: SeriesCreate, transaction: FastTransactionDep, principal: PrincipalDep, settings: SettingsDep
) -> SeriesRead:
    """Books a room again and again, at the same time by the studio's clock, whatever summer time does.

    With `mode` `all` each of them or none (409 `series_not_free`), with `free` those that can be had; `occurrences`
    says what became of each. They are held for a day, and each is paid by a checkout of its own.
    """
    terms = replace(HoldTerms.of(settings), hold=timedelta(seconds=settings.series_hold_seconds))
    return await service.book_series(transaction, principal=principal, body=body, terms=terms, now=utc_now())


@router.post(
    "/{series_id}/cancel",
    response_model=SeriesCancelled,
    operation_id="cancel_series",
    dependencies=[Idempotent],
    responses=errors(UnauthorizedError, SeriesNotFoundError, ValidationFailedError, *IDEMPOTENCY_ERRORS),
)
async def cancel_series(
    series_id: PathId,
    body: Annotated[CancellationCreate, Body(default_factory=CancellationCreate)],
    session: SessionDep,
    principal: PrincipalDep,
) -> SeriesCancelled:
    """Cancels all of the series that has not begun, each booking by the policy it was made under."""
    return await service.cancel_series(
        session, principal=principal, series_id=series_id, body=body, now=utc_now()
    )
