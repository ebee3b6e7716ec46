"""The rows in the order in which they are printed."""

from bench.row import Row
from bench.rows.availability.rows import ROWS as AVAILABILITY
from bench.rows.bookings.rows import ROWS as BOOKINGS
from bench.rows.rooms.rows import ROWS as ROOMS

ROWS: list[Row] = [*BOOKINGS, *AVAILABILITY, *ROOMS]
