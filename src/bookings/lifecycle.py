"""Every legal move of a booking and who may make it. Anything else is 409."""

from src.bookings.enums import Actor, BookingStatus
from src.bookings.exceptions import IllegalMoveError

LEGAL_MOVES: dict[tuple[BookingStatus, BookingStatus], frozenset[Actor]] = {
    (BookingStatus.PENDING, BookingStatus.CONFIRMED): frozenset({Actor.SYSTEM}),
    (BookingStatus.PENDING, BookingStatus.EXPIRED): frozenset({Actor.SYSTEM}),
    (BookingStatus.PENDING, BookingStatus.CANCELLED): frozenset({Actor.CUSTOMER, Actor.OWNER}),
    # A payment that arrives after the hold has ended revives the booking while its time is still free.
    (BookingStatus.EXPIRED, BookingStatus.CONFIRMED): frozenset({Actor.SYSTEM}),
    (BookingStatus.CONFIRMED, BookingStatus.CANCELLED): frozenset({Actor.CUSTOMER, Actor.OWNER}),
}


def check_move(current: BookingStatus, wanted: BookingStatus, actor: Actor) -> None:
    """Raises `IllegalMoveError`."""
    if actor not in LEGAL_MOVES.get((current, wanted), ()):
        raise IllegalMoveError(
            f"A booking that is {current.value} can't become {wanted.value}.", status_now=current
        )
