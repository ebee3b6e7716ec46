from itertools import product

import pytest

from src.bookings.enums import Actor, BookingStatus
from src.bookings.exceptions import IllegalMoveError
from src.bookings.lifecycle import LEGAL_MOVES, check_move

AWAITING, PENDING, CONFIRMED, COMPLETED = (
    BookingStatus.AWAITING_APPROVAL,
    BookingStatus.PENDING,
    BookingStatus.CONFIRMED,
    BookingStatus.COMPLETED,
)
DECLINED, EXPIRED, CANCELLED, NO_SHOW = (
    BookingStatus.DECLINED,
    BookingStatus.EXPIRED,
    BookingStatus.CANCELLED,
    BookingStatus.NO_SHOW,
)

LEGAL = {
    (AWAITING, PENDING, Actor.OWNER),
    (AWAITING, DECLINED, Actor.OWNER),
    (AWAITING, EXPIRED, Actor.SYSTEM),
    (AWAITING, CANCELLED, Actor.CUSTOMER),
    (PENDING, CONFIRMED, Actor.SYSTEM),
    (PENDING, EXPIRED, Actor.SYSTEM),
    (PENDING, CANCELLED, Actor.CUSTOMER),
    (PENDING, CANCELLED, Actor.OWNER),
    (EXPIRED, CONFIRMED, Actor.SYSTEM),
    (CONFIRMED, CANCELLED, Actor.CUSTOMER),
    (CONFIRMED, CANCELLED, Actor.OWNER),
    (CONFIRMED, COMPLETED, Actor.OWNER),
    (CONFIRMED, COMPLETED, Actor.SYSTEM),
    (CONFIRMED, NO_SHOW, Actor.OWNER),
    (COMPLETED, NO_SHOW, Actor.OWNER),
    (NO_SHOW, CONFIRMED, Actor.OWNER),
    (NO_SHOW, COMPLETED, Actor.OWNER),
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


def test_a_refusal_is_written_for_people():
    with pytest.raises(IllegalMoveError, match="A booking that is awaiting approval can't become no show"):
        check_move(AWAITING, NO_SHOW, Actor.OWNER)
    with pytest.raises(IllegalMoveError, match="The booking is cancelled already"):
        check_move(CANCELLED, CANCELLED, Actor.CUSTOMER)


@pytest.mark.parametrize("end", [DECLINED, CANCELLED])
def test_an_end_is_an_end(end):
    assert not any(current is end for current, _ in LEGAL_MOVES)


async def test_a_move_needs_no_body_where_nothing_has_to_be_said(world):
    studio, customer = await world.studio(booking_mode="on_request"), await world.person()
    booking = await world.held_booking(studio, customer)
    path = f"/api/v1/bookings/{booking['id']}"
    approved = await world.client.post(f"{path}/approve", headers=studio.owner.headers)
    assert (approved.status_code, approved.json()["status"]) == (200, "pending")
    headers = customer.headers | {"Content-Type": "application/json"}
    cancelled = await world.client.post(f"{path}/cancel", headers=headers)
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
