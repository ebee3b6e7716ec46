"""Facts that other domains react to, written to the outbox in the transaction that made them true.

A domain declares them in its `events.py`; `src/subscriptions.py` is the one table that says who reacts to what.
Payloads are ids, never personal data or secrets.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, ClassVar, Self

import orjson
from sqlalchemy import ForeignKey, Index, String, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from src.core.database import Transaction, driver
from src.core.models import Base, HasId


@dataclass(frozen=True)
class Event:
    """A frozen fact in the past tense; its name in the outbox is `<domain>.<ClassName>`."""

    name: ClassVar[str]
    registry: ClassVar[dict[str, type["Event"]]] = {}

    def __init_subclass__(cls) -> None:
        domain = cls.__module__.split(".")[1]
        cls.name = f"{domain}.{cls.__name__}"
        Event.registry[cls.name] = cls

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> Self:
        return cls(**payload)


class OutboxRecord(HasId, Base):
    """An event that is to be handed to the broker; `sent_at` is set when the broker has confirmed it."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_unsent", "id", postgresql_where="sent_at IS NULL"),)

    name: Mapped[str] = mapped_column(String(100))
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    sent_at: Mapped[datetime | None]


class EventHandling(Base):
    """That a handler has dealt with an event: unique, so that a repeated delivery changes nothing.

    `error` says why an event was set aside after the last try, for a person to look at.
    """

    __tablename__ = "event_handlings"
    __table_args__ = (
        Index("ix_event_handlings_set_aside", "event_id", postgresql_where="error IS NOT NULL"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey(OutboxRecord.id, ondelete="CASCADE"), primary_key=True)
    handler: Mapped[str] = mapped_column(String(100), primary_key=True)
    handled_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    error: Mapped[str | None] = mapped_column(Text)


async def publish(session: Transaction, event: Event) -> None:
    """Makes the event part of this transaction: it is told to nobody unless the transaction commits."""
    connection = await driver(session)
    await connection.execute(
        "INSERT INTO outbox (name, payload) VALUES ($1, $2::text::jsonb)",
        event.name,
        orjson.dumps(asdict(event)).decode(),
    )
