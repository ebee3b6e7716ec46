from dataclasses import dataclass

from src.core.events import Event


@dataclass(frozen=True)
class UserDeactivated(Event):
    user_id: int


@dataclass(frozen=True)
class UserDeleted(Event):
    """Their own row is anonymous already; every domain forgets what it need not keep."""

    user_id: int
