"""Distances on the globe."""

from math import asin, cos, radians, sin, sqrt

EARTH_RADIUS_KM = 6371.0


def distance_km(latitude: float, longitude: float, to_latitude: float, to_longitude: float) -> float:
    """Along the great circle (haversine), on a sphere: right within half a percent."""
    south, north = radians(latitude), radians(to_latitude)
    across = sin(radians(to_longitude - longitude) / 2)
    up = sin((north - south) / 2)
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(up * up + cos(south) * cos(north) * across * across)))
