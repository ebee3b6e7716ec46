"""When a room is free, as SQL: of all candidates at once what is taken, then of one by one all that counts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from asyncpg import BitString

from src.calendars.models import LONGEST_OCCUPANCY_DAYS
from src.calendars.service import Span
from src.rooms.search.conditions import Arguments, wall_minute, week_minute
from src.rooms.search.models import BLOCKS
from src.rooms.search.quarters import MINUTE, QUARTERS_OF_DAY, milestones_within, quarters_within


@dataclass(frozen=True, slots=True)
class Window:
    """When a room is to be free: all of it, or for some stretch of `duration` in it."""

    span: Span
    duration: timedelta | None
    now: datetime

    @property
    def minutes(self) -> int:
        """Of the booking that is to be possible."""
        return int((self.duration or self.span.ends_at - self.span.starts_at) / MINUTE)


def of_time(window: Window, cities: str | None, arguments: Arguments) -> tuple[list[str], list[str]]:
    """Of rooms by their `resource_id`, and of the listings of those left, which are looked at one by one.

    `cities`, an array, are those of all candidates, where they are known.
    """
    minutes = arguments.add(window.minutes, "int")
    lengths = [
        f"{minutes} BETWEEN listing.min_minutes AND listing.max_minutes",
        f"{minutes} % listing.slot_minutes = 0",
    ]
    if window.duration is not None:
        of_listing = _for_some_of_it(window, arguments)
        milestones = milestones_within(window.span, window.duration)
        if cities is None or not milestones:
            return [], [*lengths, of_listing]
        return _where_not_touched(_all_touched, milestones, cities, arguments), [*lengths, of_listing]
    of_candidates, of_listings = _for_all_of_it(window, cities, arguments)
    return of_candidates, [*lengths, *of_listings]


def _for_all_of_it(window: Window, cities: str | None, arguments: Arguments) -> tuple[list[str], list[str]]:
    """What `POST /bookings` asks of exactly this span."""
    starts = arguments.add(window.span.starts_at, "timestamptz")
    ends = arguments.add(window.span.ends_at, "timestamptz")
    now = arguments.add(window.now, "timestamptz")
    of_candidates = [_not_among(f"SELECT held.resource_id {_all_held(starts, ends)}")]
    days = quarters_within(window.span)
    # What only a buffer reaches, what is taken of a part, and of a quarter of an hour that the span shares.
    is_seen = f"({_HAS_BUFFERS} OR listing.part_resource_ids <> '{{}}')"
    if cities is None or not days.are_exact:
        is_seen = "true"
    if cities is not None:
        of_candidates += _where_not_touched(_touched, days.by_day, cities, arguments)
    return of_candidates, [
        *_may_be_booked(starts, ends, now),
        f"""NOT ({is_seen} AND (
            EXISTS (
                SELECT FROM taken_days AS day
                WHERE day.resource_id = ANY({_RESOURCES})
                  AND day.day BETWEEN utc_day({starts} - {_BEFORE}) AND utc_day({ends} + {_AFTER})
                  AND day.taken && {_occupied(starts, ends)})
            OR EXISTS (SELECT {_held(starts, ends)})))""",
    ]


def _not_among(resources: str) -> str:
    return f"resource_id NOT IN ({resources})"


@dataclass(frozen=True, slots=True)
class _Days:
    """A table with the touched quarters of days, and of what."""

    table: str
    subject: str


_ROOMS = _Days("taken_days", "day.resource_id")
_BLOCKS = _Days("full_days", "day.city_id, day.block")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Quarters of an hour of a day, as arguments of the statement."""

    day: str
    quarters: str


_Touched = Callable[[_Days, list[_Wanted], str], str]


def _where_not_touched(
    touched: _Touched, quarters: dict[date, str], cities: str, arguments: Arguments
) -> list[str]:
    """Nothing is looked at when all blocks of rooms of the cities are full: the first condition names no room."""
    wanted = [
        _Wanted(arguments.add(day, "date"), arguments.add(_bit_string(bits), f"bit({QUARTERS_OF_DAY})"))
        for day, bits in quarters.items()
    ]
    has_room = f"""EXISTS (
            SELECT FROM unnest({cities}) AS city (id)
            CROSS JOIN generate_series(0, {BLOCKS} - 1) AS block
            CROSS JOIN LATERAL (
                SELECT FROM room_listings AS listing
                WHERE listing.city_id = city.id AND block_of(listing.resource_id) = block
                  AND listing.is_listed AND listing.hourly_amount IS NOT NULL LIMIT 1) AS listed
            WHERE (city.id, block) NOT IN ({touched(_BLOCKS, wanted, cities)}))"""
    return [has_room, _not_among(touched(_ROOMS, wanted, cities))]


def _touched(of: _Days, wanted: list[_Wanted], cities: str) -> str:
    """Those of which any of the quarters of an hour is taken."""
    days = [_day(of, day, cities, f"<> 0::bit({QUARTERS_OF_DAY})") for day in wanted]
    return " UNION ALL ".join(days)


def _all_touched(of: _Days, wanted: list[_Wanted], cities: str) -> str:
    """Those of which all of the quarters of an hour are taken, at least in part."""
    days = " UNION ALL ".join(_day(of, day, cities, f"= {day.quarters}") for day in wanted)
    return f"""
            SELECT {of.subject} FROM ({days}) AS day
            GROUP BY {of.subject} HAVING count(*) = {len(wanted)}"""


def _day(of: _Days, wanted: _Wanted, cities: str, compared: str) -> str:
    """The days of a city lie side by side in an index. One by one: PostgreSQL can guess how many rows a day has."""
    return f"""
            SELECT {of.subject} FROM {of.table} AS day
            WHERE day.city_id = ANY({cities}) AND day.day = {wanted.day}
              AND day.touched & {wanted.quarters} {compared}"""


def _bit_string(bits: str) -> BitString:
    """Of whole bytes: from text it takes a fifth of a millisecond."""
    return BitString.frombytes(int(bits, 2).to_bytes(QUARTERS_OF_DAY // 8))


def _for_some_of_it(window: Window, arguments: Arguments) -> str:
    """Whether one of the starts on the room's grid will do."""
    starts = arguments.add(window.span.starts_at, "timestamptz")
    ends = arguments.add(window.span.ends_at, "timestamptz")
    now = arguments.add(window.now, "timestamptz")
    length = arguments.add(window.duration, "interval")
    slot = "listing.slot_minutes"
    first = f"{starts} + make_interval(mins => ({slot} - {week_minute(starts)} % {slot}) % {slot})"
    return f"""EXISTS (
            SELECT FROM (
                SELECT coalesce((
                    SELECT range_agg(day.taken) FROM taken_days AS day
                    WHERE day.resource_id = ANY({_RESOURCES})
                      AND day.day BETWEEN utc_day({starts} - {_BEFORE}) AND utc_day({ends} + {_AFTER})), '{{}}')
                  + coalesce((
                    SELECT range_agg(tstzrange(held.starts_at, held.ends_at)) {_held(starts, ends)}), '{{}}') AS busy
            ) AS calendar,
            generate_series({first}, {ends} - {length}, make_interval(mins => {slot})) AS start
            WHERE NOT calendar.busy && {_occupied("start", f"start + {length}")}
              AND {" AND ".join(_may_be_booked("start", f"start + {length}", now))})"""


_BEFORE = "make_interval(mins => listing.buffer_before_minutes)"
_AFTER = "make_interval(mins => listing.buffer_after_minutes)"
_HAS_BUFFERS = "listing.buffer_before_minutes + listing.buffer_after_minutes > 0"
_RESOURCES = "(listing.resource_id || listing.part_resource_ids)"


def _occupied(starts: str, ends: str) -> str:
    """With the room's buffers."""
    return f"tstzrange({starts} - {_BEFORE}, {ends} + {_AFTER})"


def _held(starts: str, ends: str) -> str:
    """Time that is waiting for its payment; once the hold has ended it is free, swept away or not."""
    return f"""
        FROM occupancies AS held
        WHERE held.resource_id = ANY({_RESOURCES}) AND held.expires_at > clock_timestamp()
          AND held.starts_at < {ends} + {_AFTER} AND held.ends_at > {starts} - {_BEFORE}
          AND held.starts_at > {starts} - {_BEFORE} - interval '{LONGEST_OCCUPANCY_DAYS} days'"""


def _all_held(starts: str, ends: str) -> str:
    """The same of every room, without its buffers: few at any moment, in an index of their own.

    That hardly any row has an end is said for PostgreSQL, which otherwise makes room in memory for a third of all.
    """
    return f"""
        FROM occupancies AS held
        WHERE held.expires_at IS NOT NULL AND held.expires_at > clock_timestamp()
          AND held.starts_at < {ends} AND held.ends_at > {starts}
          AND held.starts_at > {starts} - interval '{LONGEST_OCCUPANCY_DAYS} days'"""


def _may_be_booked(starts: str, ends: str, now: str) -> list[str]:
    """Notice, horizon, slot grid and opening hours, as the studio's clock shows them."""
    opens = week_minute(starts)
    span = f"tstzrange({starts}, {ends})"
    return [
        f"{starts} >= {now} + make_interval(mins => listing.notice_minutes)",
        f"{ends} <= {now} + make_interval(days => listing.horizon_days)",
        f"{opens} % listing.slot_minutes = 0",
        f"NOT listing.closed && {span}",
        f"""CASE WHEN listing.special_days && {span}
                 THEN listing.special_known @> {span} AND listing.special_open @> {span}
                 ELSE listing.open_minutes
                      @> int4range({opens}, {opens} + {wall_minute(ends)} - {wall_minute(starts)}) END""",
    ]
