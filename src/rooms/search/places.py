"""Where to search: a circle or a box of the map, as boxes that an index can be asked for. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import asin, cos, degrees, floor, radians, sin, sqrt

EARTH_RADIUS_KM = 6371.0088


@dataclass(frozen=True, slots=True)
class Position:
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Box:
    """Within -180 … 180: what crosses the antimeridian is two."""

    south: float
    west: float
    north: float
    east: float


def parse_position(text: str) -> Position:
    """Of `lat,lng`. Raises ValueError."""
    latitude, longitude = _numbers(text, 2, "latitude,longitude")
    _check(latitude, longitude)
    return Position(latitude, longitude)


def parse_boxes(text: str) -> list[Box]:
    """Of `south,west,north,east`; with west beyond east it crosses the antimeridian. Raises ValueError."""
    south, west, north, east = _numbers(text, 4, "south,west,north,east")
    _check(south, west)
    _check(north, east)
    if south > north:
        raise ValueError("the south can't be north of the north")
    return _split(south, west, north, east)


def boxes_around(centre: Position, radius_km: float) -> list[Box]:
    """The smallest that hold the circle, which near a pole is a whole cap."""
    angle = radius_km / EARTH_RADIUS_KM
    south, north = (centre.latitude - degrees(angle), centre.latitude + degrees(angle))
    if south <= -90 or north >= 90:  # noqa: PLR2004 - the poles
        return [Box(max(south, -90.0), -180.0, min(north, 90.0), 180.0)]
    reach = degrees(asin(min(1.0, sin(angle) / cos(radians(centre.latitude)))))
    west, east = centre.longitude - reach, centre.longitude + reach
    return _split(south, west + 360 if west < -180 else west, north, east - 360 if east > 180 else east)  # noqa: PLR2004


def box_within(centre: Position, radius_km: float) -> Box:
    """A large one that is wholly in the circle: where no distance has to be measured."""
    angle = radius_km / EARTH_RADIUS_KM * 0.999
    height = degrees(angle / sqrt(2))
    south, north = max(-90.0, centre.latitude - height), min(90.0, centre.latitude + height)
    # Where the box is widest in kilometres.
    widest = radians(min(max(0.0, south), north))
    rest = sin(angle / 2) ** 2 - sin(radians(height) / 2) ** 2
    narrowing = cos(radians(centre.latitude)) * cos(widest)
    width = degrees(2 * asin(sqrt(min(1.0, rest / narrowing)))) if narrowing > rest else 180.0
    return Box(south, max(-180.0, centre.longitude - width), north, min(180.0, centre.longitude + width))


def cells_of(box: Box) -> Iterator[int]:
    """Those that it touches, as the database's `map_cell` numbers them."""
    for latitude in range(floor(box.south), floor(box.north) + 1):
        for longitude in range(floor(box.west), floor(box.east) + 1):
            yield latitude * 360 + longitude


def _split(south: float, west: float, north: float, east: float) -> list[Box]:
    if west <= east:
        return [Box(south, west, north, east)]
    return [Box(south, west, north, 180.0), Box(south, -180.0, north, east)]


def _numbers(text: str, count: int, form: str) -> list[float]:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != count:
        raise ValueError(f"has to be {form}, in degrees")
    return numbers


def _check(latitude: float, longitude: float) -> None:
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):  # noqa: PLR2004 - degrees; refuses NaN as well
        raise ValueError("a latitude lies between -90 and 90, a longitude between -180 and 180")
