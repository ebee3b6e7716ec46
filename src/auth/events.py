from dataclasses import dataclass

from src.core.events import Event


@dataclass(frozen=True)
class UserRegistered(Event):
    user_id: int


@dataclass(frozen=True)
class EmailVerified(Event):
    user_id: int
