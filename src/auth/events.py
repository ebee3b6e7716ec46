from dataclasses import dataclass

from src.core.events import Event


@dataclass(frozen=True)
class UserRegistered(Event):
    user_id: int


@dataclass(frozen=True)
class TakenAddressRegistered(Event):
    """Somebody has registered the address of this user again; they were told nothing of it."""

    user_id: int


@dataclass(frozen=True)
class VerificationRequested(Event):
    """`user_id` may be nobody's: the request has to cost the same for every address."""

    user_id: int


@dataclass(frozen=True)
class EmailVerified(Event):
    user_id: int


@dataclass(frozen=True)
class PasswordResetRequested(Event):
    """`user_id` may be nobody's, as in `VerificationRequested`."""

    user_id: int


@dataclass(frozen=True)
class PasswordChanged(Event):
    user_id: int
