from dataclasses import dataclass

from src.core.events import Event


@dataclass(frozen=True)
class BlockRemoved(Event):
    """Time of the room, and of its parts, that the owner had kept is free."""

    room_id: int
