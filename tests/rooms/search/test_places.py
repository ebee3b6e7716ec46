from math import asin, cos, radians, sin, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.rooms.search.places import (
    EARTH_RADIUS_KM,
    Box,
    Position,
    box_within,
    boxes_around,
    parse_boxes,
    parse_position,
)

latitudes, longitudes = st.floats(-90, 90), st.floats(-180, 180)


def kilometres(one: Position, other: Position) -> float:
    south, north = radians(one.latitude), radians(other.latitude)
    half = sin((north - south) / 2) ** 2
    half += cos(south) * cos(north) * sin(radians(other.longitude - one.longitude) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1, sqrt(half)))


def contains(box: Box, position: Position) -> bool:
    return box.south <= position.latitude <= box.north and box.west <= position.longitude <= box.east


@given(latitudes, longitudes, st.floats(0.1, 200), latitudes, longitudes)
def test_whatever_lies_in_the_circle_lies_in_one_of_its_boxes(lat, lng, radius, other_lat, other_lng):
    centre, other = Position(lat, lng), Position(other_lat, other_lng)
    if kilometres(centre, other) < radius * 0.999:
        assert any(contains(box, other) for box in boxes_around(centre, radius))


@given(latitudes, longitudes, st.floats(0.1, 200), st.floats(-1, 1), st.floats(-1, 1))
def test_also_when_it_is_close_by(lat, lng, radius, up, right):
    centre = Position(lat, lng)
    other_lat = max(-90, min(90, lat + up * 2))
    other_lng = (lng + right * 4 + 540) % 360 - 180
    if kilometres(centre, Position(other_lat, other_lng)) < radius * 0.999:
        assert any(contains(box, Position(other_lat, other_lng)) for box in boxes_around(centre, radius))


@given(latitudes, longitudes, st.floats(0.1, 200), st.floats(0, 1), st.floats(0, 1))
def test_whatever_lies_in_the_box_within_lies_in_the_circle(lat, lng, radius, up, right):
    centre = Position(lat, lng)
    box = box_within(centre, radius)
    within = Position(box.south + up * (box.north - box.south), box.west + right * (box.east - box.west))
    assert kilometres(centre, within) < radius


def test_the_box_within_is_most_of_the_circle():
    box = box_within(Position(51.5, -0.1), 50)
    assert kilometres(Position(box.south, -0.1), Position(box.north, -0.1)) > 70
    assert kilometres(Position(51.5, box.west), Position(51.5, box.east)) > 70


def test_boxes_are_cut_at_the_antimeridian_and_reach_around_a_pole():
    west, east = boxes_around(Position(-18, 179.9), 50)
    assert (west.east, east.west) == (180, -180)
    assert parse_boxes("-20,170,-10,-170") == [Box(-20, 170, -10, 180), Box(-20, -180, -10, -170)]
    assert boxes_around(Position(89.9, 0), 50)[0].north == 90


@pytest.mark.parametrize("text", ["", "1", "1,2,3", "x,1", "91,0", "0,181", "nan,0", "inf,0", "1,,2"])
def test_what_is_no_position_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        parse_position(text)


@pytest.mark.parametrize("text", ["1,2,3", "10,0,5,1", "0,0,91,0", "a,b,c,d", "nan,0,0,0"])
def test_what_is_no_box_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        parse_boxes(text)
