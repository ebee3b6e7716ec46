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
    await repository.release(session, claim_id)


async def list_busy(connection: Rows, *, resource_ids: Sequence[int], span: Span) -> list[Span]:
    """What is taken on any of the resources and touches the span, in order of start; may overlap one another."""
    records = await repository.busy(
        connection, resource_ids=resource_ids, starts_at=span.starts_at, ends_at=span.ends_at
    )
    return [Span(record["starts_at"], record["ends_at"]) for record in records]
