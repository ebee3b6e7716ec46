"""Orders to a gateway that move money: a row first, then the call, tried until it is answered for good."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import structlog
from sqlalchemy import SmallInteger, String, Text, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from src.core.database import Database
from src.payments.gateways.base import GatewayRefusedError

log = structlog.get_logger(__name__)

BATCH: Final = 50
LEASE: Final = timedelta(seconds=60)
LONGEST_BACKOFF: Final = timedelta(hours=1)


class Intent:
    """Columns of an order whose `status` is `pending` until the gateway has carried it out."""

    id: Mapped[int]
    gateway_ref: Mapped[str | None] = mapped_column(String(200))
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    refusals: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    due_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    last_error: Mapped[str | None] = mapped_column(Text)

    @property
    def is_repeated(self) -> bool:
        return self.attempts > 1

    def idempotency_key(self, kind: str) -> str:
        """What was refused for its key is refused for ever: the next try needs another one."""
        return f"{kind}-{self.id}" + (f"-{self.refusals}" if self.refusals else "")


I = TypeVar("I", bound=Intent)  # noqa: E741 - an intent


async def lease(session: AsyncSession, kind: type[I]) -> Sequence[int]:
    """Orders that are due, put off for a minute so that nobody else takes them meanwhile."""
    table: Any = kind
    due = (
        select(table.id)
        .where(table.status == "pending", table.due_at <= func.clock_timestamp())
        .order_by(table.due_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    leased = (
        update(table)
        .where(table.id.in_(due))
        .values(attempts=table.attempts + 1, due_at=func.clock_timestamp() + LEASE)
    )
    return (await session.scalars(leased.returning(table.id))).all()


def note_refusal(intent: Intent, error: GatewayRefusedError) -> None:
    """Of one that is not tried again by itself; a person sees why in `last_error`."""
    log.warning("intent_refused", kind=type(intent).__name__, id=intent.id, error=str(error))
    intent.last_error = str(error)
    intent.refusals += 1


async def postpone(database: Database, intent: Intent, error: Exception) -> None:
    """Asks again later and later, every hour in the end; a person sees why in `last_error`."""
    kind = type(intent)
    backoff = min(LEASE * 2 ** min(intent.attempts, 10), LONGEST_BACKOFF)
    log.warning(
        "intent_postponed", kind=kind.__name__, id=intent.id, attempts=intent.attempts, error=str(error)
    )
    async with database.transaction() as session:
        waiting = await session.get_one(kind, intent.id)
        waiting.due_at = func.clock_timestamp() + backoff
        waiting.last_error = str(error)
        waiting.refusals += isinstance(error, GatewayRefusedError)
