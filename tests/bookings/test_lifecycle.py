from itertools import product

import pytest

from src.bookings.enums import Actor, BookingStatus
from src.bookings.exceptions import IllegalMoveError
from src.bookings.lifecycle import LEGAL_MOVES, check_move

PENDING, CONFIRMED = BookingStatus.PENDING, BookingStatus.CONFIRMED
EXPIRED, CANCELLED = BookingStatus.EXPIRED, BookingStatus.CANCELLED

LEGAL = {
    (PENDING, CONFIRMED, Actor.SYSTEM),
    (PENDING, EXPIRED, Actor.SYSTEM),
    (PENDING, CANCELLED, Actor.CUSTOMER),
    (PENDING, CANCELLED, Actor.OWNER),
    (EXPIRED, CONFIRMED, Actor.SYSTEM),
    (CONFIRMED, CANCELLED, Actor.CUSTOMER),
    (CONFIRMED, CANCELLED, Actor.OWNER),
}


@pytest.mark.parametrize("move", list(product(BookingStatus, BookingStatus, Actor)), ids="-".join)
def test_a_move_is_legal_exactly_when_the_table_names_it(move):
    current, wanted, actor = move
    if move in LEGAL:
        check_move(current, wanted, actor)
    else:
        with pytest.raises(IllegalMoveError) as refused:
            check_move(current, wanted, actor)
        assert refused.value.members == {"status_now": current}


def test_a_cancelled_booking_stays_cancelled():
    assert not any(current is CANCELLED for current, _ in LEGAL_MOVES)
