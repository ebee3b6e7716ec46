"""How long things of a room may be, in minutes."""

from typing import Annotated

from pydantic import Field

from src.rooms.models import DAY_MINUTES

LONGEST_BOOKING_MINUTES = 14 * DAY_MINUTES
LONGEST_BUFFER_MINUTES = DAY_MINUTES
LONGEST_NOTICE_MINUTES = 90 * DAY_MINUTES
FARTHEST_HORIZON_DAYS = 3 * 365

Minutes = Annotated[int, Field(strict=True, ge=0)]
SlotMinutes = Annotated[int, Field(strict=True, ge=5, le=DAY_MINUTES, multiple_of=5, examples=[60])]
BookingMinutes = Annotated[int, Field(strict=True, ge=5, le=LONGEST_BOOKING_MINUTES)]
Buffer = Annotated[Minutes, Field(le=LONGEST_BUFFER_MINUTES)]
Notice = Annotated[Minutes, Field(le=LONGEST_NOTICE_MINUTES)]
Horizon = Annotated[int, Field(strict=True, ge=1, le=FARTHEST_HORIZON_DAYS)]


def check_lengths(*, slot_minutes: int, min_minutes: int, max_minutes: int) -> None:
    """Raises ValueError when the lengths don't fit one another."""
    if DAY_MINUTES % slot_minutes:
        raise ValueError("slot_minutes has to divide a day: 15, 30, 60, 90, 120 …")
    if min_minutes % slot_minutes or max_minutes % slot_minutes:
        raise ValueError("min_minutes and max_minutes have to be multiples of slot_minutes")
    if min_minutes > max_minutes:
        raise ValueError("min_minutes can't be more than max_minutes")
