from pydantic import ConfigDict, Field, JsonValue

from src.core.schemas import ReadModel
from src.rooms.photos.schemas import PHOTO_EXAMPLE, PhotoRead
from src.rooms.schemas import RoomRead
from src.rooms.search.filters import MOST_FREE_MATCHES, MOST_MATCHES


class _Found(ReadModel):
    total: int = Field(
        description=f"How many there are on all pages, at most {MOST_MATCHES:,}; {MOST_FREE_MATCHES} with `free_from`"
    )
    total_is_capped: bool = Field(description="There are more; narrow the search to see them")
    page: int
    size: int


class RoomsFound(_Found):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "items": [RoomRead.model_config["json_schema_extra"]["example"]],  # type: ignore[index]
                "total": 1,
                "total_is_capped": False,
                "page": 1,
                "size": 20,
            }
        }
    )

    items: list[RoomRead]


_STUDIO: dict[str, JsonValue] = {
    "id": 12,
    "company_id": 7,
    "name": "Berwick Street",
    "slug": "berwick-street",
    "street": "12 Berwick Street",
    "city_id": 2643743,
    "city_name": "London",
    "lat": 51.5136,
    "lng": -0.1365,
    "timezone": "Europe/London",
    "equipment": ["grand-piano"],
    "badges": ["verified"],
    "is_open_now": True,
    "distance_km": 1.2,
}
_MATCH: dict[str, JsonValue] = {
    "id": 31,
    "name": "Live Room A",
    "capacity": 6,
    "hourly_price": {"amount": 5000, "currency": "GBP"},
    "cover": PHOTO_EXAMPLE,
}


class StudioCard(ReadModel):
    model_config = ConfigDict(json_schema_extra={"example": _STUDIO})

    id: int
    company_id: int
    name: str
    slug: str
    street: str
    city_id: int
    city_name: str
    lat: float
    lng: float
    timezone: str
    equipment: list[str]
    badges: list[str]
    is_open_now: bool
    distance_km: float | None = Field(description="From `near`; null without it")


class StudiosFound(_Found):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {"items": [_STUDIO], "total": 1, "total_is_capped": False, "page": 1, "size": 20}
        }
    )

    items: list[StudioCard]


class HourlyPrice(ReadModel):
    """By the hour of the tier that is cheapest by the hour: `from 50.00 an hour`."""

    amount: int
    currency: str


class RoomMatch(ReadModel):
    id: int
    name: str
    capacity: int
    hourly_price: HourlyPrice | None = Field(description="null while the room has no price")
    cover: PhotoRead | None = Field(description="The first photo; null while the room has none")


class StudioMatch(StudioCard):
    model_config = ConfigDict(json_schema_extra={"example": _STUDIO | {"rooms": [_MATCH]}})

    rooms: list[RoomMatch] = Field(description="Those that match, in the order of the search")


class CityCount(ReadModel):
    city_id: int
    name: str
    count: int


class TagCount(ReadModel):
    slug: str
    count: int


class CapacityCount(ReadModel):
    at_least: int
    count: int


class PriceCount(ReadModel):
    """Rooms by their hourly price, in steps of 1, 2, 5, 10 …"""

    currency: str
    at_least: int
    less_than: int
    count: int


class Facets(ReadModel):
    """How many of the rooms that match there are of each; of the first ones when `total_is_capped`."""

    cities: list[CityCount]
    equipment: list[TagCount]
    badges: list[TagCount]
    capacity: list[CapacityCount]
    prices: list[PriceCount]


class SearchResult(_Found):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "items": [_STUDIO | {"rooms": [_MATCH]}],
                "total": 1,
                "total_is_capped": False,
                "page": 1,
                "size": 20,
                "facets": {
                    "cities": [{"city_id": 2643743, "name": "London", "count": 1}],
                    "equipment": [{"slug": "grand-piano", "count": 1}],
                    "badges": [{"slug": "verified", "count": 1}],
                    "capacity": [{"at_least": 5, "count": 1}],
                    "prices": [{"currency": "GBP", "at_least": 5000, "less_than": 10000, "count": 1}],
                },
            }
        }
    )

    items: list[StudioMatch]
    facets: Facets | None = Field(description="null when `facets=false`")
