from dataclasses import dataclass

from src.core.events import Event


@dataclass(frozen=True)
class BookingHeld(Event):
    booking_id: int


@dataclass(frozen=True)
class BookingRequested(Event):
    """The room is let on request: its owner decides."""

    booking_id: int


@dataclass(frozen=True)
class BookingApproved(Event):
    booking_id: int


@dataclass(frozen=True)
class BookingDeclined(Event):
    booking_id: int


@dataclass(frozen=True)
class RequestExpired(Event):
    """The owner has not answered in time."""

    booking_id: int


@dataclass(frozen=True)
class BookingConfirmed(Event):
    """It is paid, or staff has made it for somebody at the desk."""

    booking_id: int


@dataclass(frozen=True)
class BookingReminderDue(Event):
    """It begins within a day."""

    booking_id: int


@dataclass(frozen=True)
class BookingRescheduled(Event):
    """It has another time, perhaps another room; what it costs less goes back."""

    booking_id: int


@dataclass(frozen=True)
class RescheduleProposed(Event):
    proposal_id: int


@dataclass(frozen=True)
class RescheduleClosed(Event):
    """Nothing came of the proposal: it was declined, withdrawn or not taken up in time."""

    proposal_id: int


@dataclass(frozen=True)
class BookingCompleted(Event):
    booking_id: int


@dataclass(frozen=True)
class BookingNoShow(Event):
    booking_id: int


@dataclass(frozen=True)
class NoShowTakenBack(Event):
    """They came: the booking is completed, or goes on."""

    booking_id: int


@dataclass(frozen=True)
class BookingCancelled(Event):
    booking_id: int


@dataclass(frozen=True)
class HoldExpired(Event):
    booking_id: int


@dataclass(frozen=True)
class SeatsMoved(Event):
    """The event that somebody has seats of takes place at another time."""

    booking_id: int


@dataclass(frozen=True)
class WaitlistOffered(Event):
    """What somebody has waited for is held for them."""

    entry_id: int
