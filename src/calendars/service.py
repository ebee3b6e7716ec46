"""Taking time. Knows resources and spans; opening hours and booking rules are applied above."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from src.calendars import repository
from src.calendars.enums import OccupancyKind, ResourceKind
from src.calendars.exceptions import SlotTakenError
from src.calendars.models import Resource
from src.core.database import Rows, Transaction


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open time `[starts_at, ends_at)`, both with a zone."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Wish:
    """Time that is wanted on one resource, buffers included."""

    resource_id: int
    span: Span


@dataclass(frozen=True, slots=True)
class Claim:
    """What was won. `expires_at` is None when it is kept for good."""

    id: int
    expires_at: datetime | None


async def create_resource(session: AsyncSession, *, kind: ResourceKind) -> int:
    resource = Resource(kind=kind)
    session.add(resource)
    await session.flush()
    return resource.id


async def claim(
    session: Transaction, *, wishes: Sequence[Wish], kind: OccupancyKind, hold: timedelta | None
) -> Claim:
    """Takes all of the time, or raises `SlotTakenError`; until the transaction ends others wait for the outcome.

    With `hold` the time is free again that long after now by the database's clock, whoever is alive to see it.
    Locks: an advisory transaction lock for each resource, in order of their ids.
    """
    won = await repository.claim(
        session,
        resource_ids=[wish.resource_id for wish in wishes],
        starts=[wish.span.starts_at for wish in wishes],
        ends=[wish.span.ends_at for wish in wishes],
        kind=kind,
        hold=hold,
    )
    if won["claim"] is None:
        raise SlotTakenError
    return Claim(id=won["claim"], expires_at=won["hold_expires_at"])


async def keep(session: AsyncSession, *, claim_id: int) -> bool:
    """Makes a held claim last for good; False when it had expired, and then its time may be another's."""
    return await repository.keep(session, claim_id) > 0


async def release(session: AsyncSession, *, claim_id: int) -> None:
    """Frees the time of a claim at once; does nothing when it is free already."""
    await repository.release(session, [claim_id])


async def extend(
    session: AsyncSession, *, claim_id: int, hold: timedelta, latest: datetime
) -> datetime | None:
    """Holds a claim until `hold` from now by the database's clock, but not past `latest`; returns until when.

    None when it had expired, and then its time may be another's.
    """
    return await repository.extend(session, claim_id, hold=hold, latest=latest)


async def claim_beside(
    session: AsyncSession, *, claim_id: int, wishes: Sequence[Wish], hold: timedelta
) -> Claim | None:
    """Holds what of the wishes the claim does not have already; None when that is nothing. Raises `SlotTakenError`.

    The caller has locked whatever the claim belongs to. Locks: like `claim`.
    """
    taken: dict[int, list[Span]] = {}
    for row in await repository.list_of_claim(session, claim_id):
        taken.setdefault(row["resource_id"], []).append(Span(row["starts_at"], row["ends_at"]))
    missing = [
        Wish(wish.resource_id, span)
        for wish in wishes
        for span in _without(wish.span, taken.get(wish.resource_id, []))
    ]
    return await claim(session, wishes=missing, kind=OccupancyKind.BOOKING, hold=hold) if missing else None


@dataclass(frozen=True, slots=True)
class Move:
    """Claims that give their time up, and what is taken instead; for good, or as long as `hold`."""

    claim_ids: Sequence[int]
    wishes: Sequence[Wish]
    hold: timedelta | None = None


async def move(session: AsyncSession, *moves: Move) -> list[Claim]:
    """All of it in one step, so that the new times may overlap the old ones, or be those of another of the moves.

    Raises `SlotTakenError`: the caller then rolls back, and every claim has its time as before. Until the
    transaction ends nobody else sees the old time as free. Locks: like `claim`, all resources at once.
    """
    claim_ids = [claim_id for each in moves for claim_id in each.claim_ids]
    resource_ids = [wish.resource_id for each in moves for wish in each.wishes]
    await repository.lock_with_claims(session, resource_ids=resource_ids, claim_ids=claim_ids)
    await repository.release(session, claim_ids)
    return [
        await claim(session, wishes=each.wishes, kind=OccupancyKind.BOOKING, hold=each.hold) for each in moves
    ]


def _without(span: Span, taken: Sequence[Span]) -> list[Span]:
    """The parts of a span that none of the others covers, in order."""
    left, starts_at = [], span.starts_at
    for other in sorted(taken, key=lambda other: other.starts_at):
        if other.starts_at > starts_at:
            left.append(Span(starts_at, min(other.starts_at, span.ends_at)))
        starts_at = max(starts_at, other.ends_at)
    left.append(Span(starts_at, span.ends_at))
    return [part for part in left if part.starts_at < part.ends_at]


async def has_time_coming(session: Transaction, *, resource_id: int) -> bool:
    """Whether anything that is not over takes its time. Until the transaction ends nobody takes any more.

    Locks: like `claim`.
    """
    await repository.lock(session, resource_id)
    return await repository.has_time_coming(session, resource_id)


async def list_busy(connection: Rows, *, resource_ids: Sequence[int], span: Span) -> list[Span]:
    """What is taken on any of the resources and touches the span, in order of start; may overlap one another."""
    records = await repository.busy(
        connection, resource_ids=resource_ids, starts_at=span.starts_at, ends_at=span.ends_at
    )
    return [Span(record["starts_at"], record["ends_at"]) for record in records]


async def find_taken(connection: Rows, *, wishes: Sequence[Wish], besides: Sequence[int] = ()) -> set[int]:
    """Of which resources somebody has some of the time at this moment, claims `besides` not counted."""
    return await repository.find_taken(
        connection,
        resource_ids=[wish.resource_id for wish in wishes],
        starts=[wish.span.starts_at for wish in wishes],
        ends=[wish.span.ends_at for wish in wishes],
        besides=besides,
    )


async def list_busy_of_each(
    connection: Rows, *, resource_ids: Sequence[int], span: Span
) -> dict[int, list[Span]]:
    """The same, resource by resource; those that are not there are free for the whole span."""
    records = await repository.busy(
        connection, resource_ids=resource_ids, starts_at=span.starts_at, ends_at=span.ends_at
    )
    busy: dict[int, list[Span]] = {}
    for record in records:
        busy.setdefault(record["resource_id"], []).append(Span(record["starts_at"], record["ends_at"]))
    return busy
