"""The conditions of a search as SQL, but for time.

Only those that are wanted: for "$1 IS NULL OR …" there is no good plan.
"""

from typing import Any

from src.rooms.search.filters import PlaceFilter, RoomFilter, RoomSearchFilter
from src.rooms.search.places import (
    EARTH_RADIUS_KM,
    Box,
    box_within,
    boxes_around,
    cells_of,
    parse_boxes,
    parse_position,
)

MINUTES_OF_WEEK = 7 * 24 * 60
# 1970 began on a Thursday.
MINUTES_BEFORE_THURSDAY = 3 * 24 * 60


class Arguments(list[Any]):
    """What stands for $1, $2 …"""

    def add(self, value: Any, kind: str) -> str:
        self.append(value)
        return f"${len(self)}::{kind}"


def of_place(wanted: PlaceFilter, arguments: Arguments, *, cell: int | None = None) -> list[str]:
    """Of listings of studios or rooms; with a cell in words that only its index is for."""
    conditions = ["listing.is_listed"]
    if cell is not None:
        conditions.append(f"map_cell(listing.latitude, listing.longitude) = {arguments.add(cell, 'int')}")
    in_boxes = _in_boxes if cell is None else _between_sides
    if wanted.q is not None:
        conditions.append("listing.words @@ (SELECT query FROM asked)")
    if wanted.city_id is not None:
        conditions.append(f"listing.city_id = {arguments.add(wanted.city_id, 'bigint')}")
    if wanted.near is not None:
        centre = parse_position(wanted.near)
        conditions.append(in_boxes(boxes_around(centre, wanted.radius_km), arguments))
        is_near = in_boxes([box_within(centre, wanted.radius_km)], arguments)
        radius = arguments.add(wanted.radius_km, "float8")
        conditions.append(f"({is_near} OR {distance_km(wanted, arguments)} <= {radius})")
    if wanted.bbox is not None:
        conditions.append(in_boxes(parse_boxes(wanted.bbox), arguments))
    if wanted.equipment:
        conditions.append(f"listing.equipment @> {arguments.add(wanted.equipment, 'text[]')}")
    if wanted.badges:
        conditions.append(f"listing.badges @> {arguments.add(wanted.badges, 'text[]')}")
    if wanted.open_now:
        conditions.append(is_open_now())
    return conditions


def cities_nearby(wanted: PlaceFilter, arguments: Arguments) -> str:
    """A query for those that may have listed rooms where `of_place` asks for them."""
    extent = "box(point(west, south), point(east, north))"
    reached = [
        f"({' OR '.join(f'{extent} && {_box(box, arguments)}' for box in area)})" for area in _areas(wanted)
    ]
    return f"SELECT city_id FROM city_extents WHERE {' AND '.join(reached)}"


def cells_nearby(wanted: PlaceFilter) -> set[int]:
    """All that `of_place` asks about have one of these `map_cell`s; empty when no place is named."""
    areas = [{cell for box in area for cell in cells_of(box)} for area in _areas(wanted)]
    return set.intersection(*areas) if areas else set()


def _areas(wanted: PlaceFilter) -> list[list[Box]]:
    """Each of the boxes that it consists of; what is found lies in all areas."""
    areas = []
    if wanted.near is not None:
        areas.append(boxes_around(parse_position(wanted.near), wanted.radius_km))
    if wanted.bbox is not None:
        areas.append(parse_boxes(wanted.bbox))
    return areas


def distance_km(wanted: PlaceFilter, arguments: Arguments) -> str:
    """By the haversine formula; null without a point to measure from."""
    if wanted.near is None:
        return "null::float8"
    centre = parse_position(wanted.near)
    latitude = arguments.add(centre.latitude, "float8")
    longitude = arguments.add(centre.longitude, "float8")
    return (
        f"{2 * EARTH_RADIUS_KM} * asin(least(1, sqrt("
        f"power(sin(radians(listing.latitude - {latitude}) / 2), 2) + cos(radians({latitude}))"
        f" * cos(radians(listing.latitude)) * power(sin(radians(listing.longitude - {longitude}) / 2), 2))))"
    )


def asked_words(wanted: PlaceFilter, arguments: Arguments) -> str:
    """What `of_place` and `relevance` read: typos are looked up once."""
    return f"asked AS MATERIALIZED (SELECT search_query({arguments.add(wanted.q, 'text')}) AS query)"


def relevance(wanted: PlaceFilter) -> str:
    return "null::float4" if wanted.q is None else "ts_rank(listing.words, (SELECT query FROM asked))"


def is_open_now() -> str:
    minute = week_minute("clock_timestamp()")
    return f"""(NOT listing.closed @> clock_timestamp() AND CASE
            WHEN listing.special_days @> clock_timestamp() THEN listing.special_open @> clock_timestamp()
            ELSE listing.open_minutes @> {minute} END)"""


def of_room(wanted: RoomSearchFilter, arguments: Arguments) -> list[str]:
    """Of listings of rooms, on top of `of_place`."""
    conditions = []
    if isinstance(wanted, RoomFilter) and wanted.address_id is not None:
        conditions.append(f"listing.address_id = {arguments.add(wanted.address_id, 'bigint')}")
    if wanted.capacity is not None:
        conditions.append(f"listing.capacity >= {arguments.add(wanted.capacity, 'int')}")
    if wanted.currency is not None:
        conditions.append(f"listing.currency = {arguments.add(wanted.currency, 'text')}")
    if wanted.min_price is not None:
        conditions.append(f"listing.hourly_amount >= {arguments.add(wanted.min_price, 'bigint')}")
    if wanted.max_price is not None:
        conditions.append(f"listing.hourly_amount <= {arguments.add(wanted.max_price, 'bigint')}")
    return conditions


def wall_minute(instant: str) -> str:
    return f"floor(date_part('epoch', ({instant}) AT TIME ZONE listing.timezone) / 60)::int"


def week_minute(instant: str) -> str:
    """Minutes since Monday 00:00 on the studio's clock."""
    return f"(({wall_minute(instant)} + {MINUTES_BEFORE_THURSDAY}) % {MINUTES_OF_WEEK})"


def _in_boxes(boxes: list[Box], arguments: Arguments) -> str:
    position = "point(listing.longitude, listing.latitude)"
    return f"({' OR '.join(f'{position} <@ {_box(box, arguments)}' for box in boxes)})"


def _between_sides(boxes: list[Box], arguments: Arguments) -> str:
    parts = [
        f"listing.latitude BETWEEN {arguments.add(box.south, 'float8')} AND {arguments.add(box.north, 'float8')}"
        f" AND listing.longitude BETWEEN {arguments.add(box.west, 'float8')} AND {arguments.add(box.east, 'float8')}"
        for box in boxes
    ]
    return f"({' OR '.join(parts)})"


def _box(box: Box, arguments: Arguments) -> str:
    west, south, east, north = (
        arguments.add(degrees, "float8") for degrees in (box.west, box.south, box.east, box.north)
    )
    return f"box(point({west}, {south}), point({east}, {north}))"
