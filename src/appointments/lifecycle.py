"""Every legal move of an appointment and who may make it. Anything else is 409."""

from src.appointments.enums import AppointmentStatus
from src.appointments.exceptions import IllegalAppointmentMoveError
from src.bookings.enums import Actor

_CUSTOMER, _OWNER, _SYSTEM = Actor.CUSTOMER, Actor.OWNER, Actor.SYSTEM

LEGAL_MOVES: dict[tuple[AppointmentStatus, AppointmentStatus], frozenset[Actor]] = {
    (AppointmentStatus.REQUESTED, AppointmentStatus.CONFIRMED): frozenset({_OWNER}),
    # By the clock when nobody has answered before its time.
    (AppointmentStatus.REQUESTED, AppointmentStatus.DECLINED): frozenset({_OWNER, _SYSTEM}),
    (AppointmentStatus.REQUESTED, AppointmentStatus.CANCELLED): frozenset({_CUSTOMER, _OWNER}),
    (AppointmentStatus.CONFIRMED, AppointmentStatus.CANCELLED): frozenset({_CUSTOMER, _OWNER}),
    (AppointmentStatus.CONFIRMED, AppointmentStatus.COMPLETED): frozenset({_OWNER, _SYSTEM}),
    (AppointmentStatus.CONFIRMED, AppointmentStatus.NO_SHOW): frozenset({_OWNER}),
    # It was completed by the clock; the owner knows better.
    (AppointmentStatus.COMPLETED, AppointmentStatus.NO_SHOW): frozenset({_OWNER}),
}

# Another time comes with a status: of a new request what the studio makes of requests, and what the studio itself
# moves it has agreed to.
LEGAL_RESCHEDULES: dict[tuple[AppointmentStatus, AppointmentStatus], frozenset[Actor]] = {
    (AppointmentStatus.REQUESTED, AppointmentStatus.REQUESTED): frozenset({_CUSTOMER}),
    (AppointmentStatus.REQUESTED, AppointmentStatus.CONFIRMED): frozenset({_CUSTOMER, _OWNER}),
    (AppointmentStatus.CONFIRMED, AppointmentStatus.REQUESTED): frozenset({_CUSTOMER}),
    (AppointmentStatus.CONFIRMED, AppointmentStatus.CONFIRMED): frozenset({_CUSTOMER, _OWNER}),
}


def check_move(current: AppointmentStatus, wanted: AppointmentStatus, actor: Actor) -> None:
    """Raises `IllegalAppointmentMoveError`."""
    if actor not in LEGAL_MOVES.get((current, wanted), ()):
        raise IllegalAppointmentMoveError(
            f"A visit that is {current.value} can't become {wanted.value}.", status_now=current
        )


def check_reschedule(current: AppointmentStatus, wanted: AppointmentStatus, actor: Actor) -> None:
    """Raises `IllegalAppointmentMoveError`."""
    if actor not in LEGAL_RESCHEDULES.get((current, wanted), ()):
        raise IllegalAppointmentMoveError(
            f"A visit that is {current.value} can't get another time.", status_now=current
        )
