"""Every legal move of a booking and who may make it. Anything else is 409."""

from src.bookings.enums import Actor, BookingStatus
from src.bookings.exceptions import IllegalMoveError

_CUSTOMER, _OWNER, _SYSTEM = Actor.CUSTOMER, Actor.OWNER, Actor.SYSTEM

LEGAL_MOVES: dict[tuple[BookingStatus, BookingStatus], frozenset[Actor]] = {
    (BookingStatus.AWAITING_APPROVAL, BookingStatus.PENDING): frozenset({_OWNER}),
    (BookingStatus.AWAITING_APPROVAL, BookingStatus.DECLINED): frozenset({_OWNER}),
    (BookingStatus.AWAITING_APPROVAL, BookingStatus.EXPIRED): frozenset({_SYSTEM}),
    (BookingStatus.AWAITING_APPROVAL, BookingStatus.CANCELLED): frozenset({_CUSTOMER}),
    (BookingStatus.PENDING, BookingStatus.CONFIRMED): frozenset({_SYSTEM}),
    (BookingStatus.PENDING, BookingStatus.EXPIRED): frozenset({_SYSTEM}),
    (BookingStatus.PENDING, BookingStatus.CANCELLED): frozenset({_CUSTOMER, _OWNER}),
    # A payment that arrives after the hold has ended revives the booking while its time is still free.
    (BookingStatus.EXPIRED, BookingStatus.CONFIRMED): frozenset({_SYSTEM}),
    (BookingStatus.CONFIRMED, BookingStatus.CANCELLED): frozenset({_CUSTOMER, _OWNER}),
    (BookingStatus.CONFIRMED, BookingStatus.COMPLETED): frozenset({_OWNER, _SYSTEM}),
    (BookingStatus.CONFIRMED, BookingStatus.NO_SHOW): frozenset({_OWNER}),
    # It was completed by the clock; the owner knows better.
    (BookingStatus.COMPLETED, BookingStatus.NO_SHOW): frozenset({_OWNER}),
    # A mistake: they came. While its time isn't over the booking goes on.
    (BookingStatus.NO_SHOW, BookingStatus.CONFIRMED): frozenset({_OWNER}),
    (BookingStatus.NO_SHOW, BookingStatus.COMPLETED): frozenset({_OWNER}),
}


def check_move(current: BookingStatus, wanted: BookingStatus, actor: Actor) -> None:
    """Raises `IllegalMoveError`."""
    if actor in LEGAL_MOVES.get((current, wanted), ()):
        return
    if current is wanted:
        raise IllegalMoveError(f"The booking is {current.in_words} already.", status_now=current)
    raise IllegalMoveError(
        f"A booking that is {current.in_words} can't become {wanted.in_words}.", status_now=current
    )
