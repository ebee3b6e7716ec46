from dataclasses import dataclass

from src.core.events import Event


@dataclass(frozen=True)
class BookingHeld(Event):
    booking_id: int


@dataclass(frozen=True)
class BookingConfirmed(Event):
    booking_id: int


@dataclass(frozen=True)
class BookingCancelled(Event):
    booking_id: int


@dataclass(frozen=True)
class HoldExpired(Event):
    booking_id: int
