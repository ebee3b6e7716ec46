"""What happened to events that owners host."""

from dataclasses import dataclass

from src.core.events import Event


@dataclass(frozen=True)
class EventMoved(Event):
    event_id: int


@dataclass(frozen=True)
class EventCancelled(Event):
    """Each seat is to be paid back. Published again until none is left: a handler takes a batch."""

    event_id: int


@dataclass(frozen=True)
class SeatsFreed(Event):
    """Seats were given back, or the owner has added some."""

    event_id: int
