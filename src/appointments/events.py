from dataclasses import dataclass

from src.core.events import Event


@dataclass(frozen=True)
class AppointmentRequested(Event):
    """The studio decides."""

    appointment_id: int


@dataclass(frozen=True)
class AppointmentConfirmed(Event):
    """By the studio, or at once where it wants that."""

    appointment_id: int


@dataclass(frozen=True)
class AppointmentMoved(Event):
    """It has another time; it may wait for the studio's yes again."""

    appointment_id: int


@dataclass(frozen=True)
class AppointmentCancelled(Event):
    appointment_id: int


@dataclass(frozen=True)
class AppointmentDeclined(Event):
    """By the studio, or because it has not answered before the time came."""

    appointment_id: int


@dataclass(frozen=True)
class AppointmentReminderDue(Event):
    """A confirmed visit is a day away."""

    appointment_id: int
