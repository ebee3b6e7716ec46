"""Many bookings of a room at once, each of which is a booking of its own from then on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses.exceptions import LocalTimeSkippedError
from src.addresses.localtime import requested_instant
from src.bookings.add_ons import service as add_ons
from src.bookings.add_ons.exceptions import AddOnTakenError, ProfessionalNotWorkingError
from src.bookings.deadlines import HoldTerms
from src.bookings.schemas import CancellationCreate
from src.bookings.series import repository
from src.bookings.series.exceptions import SeriesNotFoundError, SeriesNotFreeError
from src.bookings.series.recurrence import occurrences
from src.bookings.series.schemas import (
    OccurrenceRead,
    SeriesCancelled,
    SeriesCreate,
    SeriesMode,
    SeriesRead,
)
from src.bookings.service.cancel import cancel_booking
from src.bookings.service.create import hold
from src.calendars.exceptions import SlotTakenError
from src.calendars.service import Span
from src.core.database import Transaction, driver
from src.core.errors import ProblemError
from src.core.identity import Principal
from src.core.money import Money
from src.rooms import offers
from src.rooms import service as rooms
from src.rooms.exceptions import RULE_ERRORS, EndsBeforeStartError
from src.rooms.offers import Offer

# What concerns one occurrence and not the others.
REFUSALS = (
    SlotTakenError,
    AddOnTakenError,
    ProfessionalNotWorkingError,
    LocalTimeSkippedError,
    *RULE_ERRORS,
)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """`refusal` says why it isn't booked; no span for a time that the clocks skip."""

    wall: datetime
    span: Span | None = None
    booking_id: int | None = None
    amount: int = 0
    refusal: ProblemError | None = None


async def book_series(
    session: Transaction, *, principal: Principal, body: SeriesCreate, terms: HoldTerms, now: datetime
) -> SeriesRead:
    """All of them, or those that can be had, in one transaction; the report says what became of each.

    Raises `SeriesNotFreeError`, `RuleNotUnderstoodError`, `TooManyOccurrencesError`, and what `create_booking` does
    where it concerns them all. Locks like `calendars.claim`, for one room and the same add-ons over and over.
    """
    offer = await rooms.get_offer(await driver(session), room_id=body.room_id)
    start, length = _on_the_wall(body, offer.zone)
    walls = occurrences(body.rrule, start)
    series_id = await repository.insert(session, customer_id=principal.user_id, rrule=body.rrule)
    booker = _Booker(session, principal, body, offer, terms, now, series_id)
    found = [await booker.book(wall, length) for wall in walls]
    has_any = any(one.booking_id for one in found)
    has_all = all(one.booking_id for one in found)
    if not (has_all or (has_any and body.mode is SeriesMode.FREE)):
        raise SeriesNotFreeError(
            occurrences=[
                _read(one, offer.zone).model_dump(mode="json", exclude={"booking_id"}) for one in found
            ]
        )
    return SeriesRead(
        id=series_id,
        rrule=body.rrule,
        timezone=offer.zone.key,
        total=Money(amount=sum(one.amount for one in found), currency=offer.currency),
        occurrences=[_read(one, offer.zone) for one in found],
    )


class _Booker:
    """Books one after the other. The first has to be admitted as any hold; the others belong to it."""

    def __init__(
        self,
        session: Transaction,
        principal: Principal,
        body: SeriesCreate,
        offer: Offer,
        terms: HoldTerms,
        now: datetime,
        series_id: int,
    ) -> None:
        self._session = session
        self._principal = principal
        self._body = body
        self._offer = offer
        self._terms = terms
        self._now = now
        self._series_id = series_id

    async def book(self, wall: datetime, length: timedelta) -> Occurrence:
        try:
            span = Span(
                requested_instant(wall, self._offer.zone), requested_instant(wall + length, self._offer.zone)
            )
        except LocalTimeSkippedError as skipped:
            return Occurrence(wall, refusal=skipped)
        try:
            return await self._book(wall, span)
        except REFUSALS as refusal:
            return Occurrence(wall, span, refusal=refusal)

    async def _book(self, wall: datetime, span: Span) -> Occurrence:
        offers.check_rules(self._offer, span, now=self._now)
        connection = await driver(self._session)
        chosen = await add_ons.choose(connection, wish=self._body, offer=self._offer, span=span)
        held = await hold(
            self._session,
            customer_id=self._principal.user_id,
            offer=self._offer,
            span=span,
            chosen=chosen,
            terms=self._terms.until(span.starts_at - self._now),
            now=self._now,
            series_id=self._series_id,
        )
        self._terms = self._terms.without_limits()
        return Occurrence(wall, span, booking_id=held.id, amount=held.quote.total)


def _on_the_wall(body: SeriesCreate, zone: ZoneInfo) -> tuple[datetime, timedelta]:
    """The first start, and the length as the clock on the wall shows it: 18 to 21 stays that through the year."""
    start, end = (
        requested_instant(moment, zone).astimezone(zone).replace(tzinfo=None, fold=0)
        for moment in (body.starts_at, body.ends_at)
    )
    if end <= start:
        raise EndsBeforeStartError
    return start, end - start


def _read(one: Occurrence, zone: ZoneInfo) -> OccurrenceRead:
    return OccurrenceRead(
        local_start=one.wall.isoformat(),
        starts_at=one.span.starts_at.astimezone(zone) if one.span else None,
        ends_at=one.span.ends_at.astimezone(zone) if one.span else None,
        booking_id=one.booking_id,
        code=one.refusal.code if one.refusal else None,
        detail=one.refusal.message if one.refusal else None,
    )


async def cancel_series(
    session: AsyncSession, *, principal: Principal, series_id: int, body: CancellationCreate, now: datetime
) -> SeriesCancelled:
    """What is yet to begin, each by its own policy. Raises `SeriesNotFoundError`. Locks the bookings."""
    series = await repository.find(session, series_id)
    if series is None or series.customer_id != principal.user_id:
        raise SeriesNotFoundError
    cancelled = [
        await cancel_booking(session, principal=principal, booking_id=booking_id, body=body, now=now)
        for booking_id in await repository.list_cancellable(session, series_id)
    ]
    return SeriesCancelled(
        booking_ids=[booking.id for booking in cancelled],
        refund=_sum([booking.refund for booking in cancelled]),
    )


def _sum(refunds: Sequence[Money]) -> Money | None:
    """A company's bookings that are not over have one currency."""
    if not refunds:
        return None
    return Money(amount=sum(refund.amount for refund in refunds), currency=refunds[0].currency)
