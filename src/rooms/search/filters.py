"""What can be asked of search."""

from datetime import datetime, timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from src.core.money import LARGEST_AMOUNT
from src.core.pagination import LARGEST_PAGE_SIZE
from src.core.schemas import FilterId, Line, RequestModel, StudioTime
from src.rooms.lengths import LONGEST_BOOKING_MINUTES
from src.rooms.schemas import MOST_PEOPLE
from src.rooms.search.enums import SearchSort, StudioSort
from src.rooms.search.places import parse_boxes, parse_position

MOST_MATCHES = 1_000
# To see whether a room is free costs more than to find it.
MOST_FREE_MATCHES = 200
MOST_TAGS = 20
LARGEST_RADIUS_KM = 200
LONGEST_WINDOW_FOR_DURATION = timedelta(days=2)

Tag = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[a-z0-9_\-]+$")]
Tags = Annotated[list[Tag], Field(max_length=MOST_TAGS)]
Amount = Annotated[int, Field(ge=0, le=LARGEST_AMOUNT)]


def _check_position(text: str) -> str:
    parse_position(text)
    return text


def _check_box(text: str) -> str:
    parse_boxes(text)
    return text


class PlaceFilter(RequestModel):
    """What studios are found by, and their rooms with them."""

    q: Annotated[Line, Field(max_length=100)] | None = Field(
        default=None,
        description="Words of the studio's, room's or city's name; accents and small typos don't matter",
        examples=["berwik street"],
    )
    city_id: FilterId | None = Field(default=None, examples=[2643743])
    near: Annotated[str, Field(max_length=60), AfterValidator(_check_position)] | None = Field(
        default=None, description="`lat,lng`", examples=["51.5136,-0.1365"]
    )
    radius_km: Annotated[float, Field(gt=0, le=LARGEST_RADIUS_KM, allow_inf_nan=False)] = Field(
        default=25, description="Around `near`"
    )
    bbox: Annotated[str, Field(max_length=100), AfterValidator(_check_box)] | None = Field(
        default=None,
        description="`south,west,north,east` of the map; west may lie beyond east, across the antimeridian",
        examples=["51.48,-0.2,51.56,-0.05"],
    )
    equipment: Tags = Field(default_factory=list, description="Slugs; a studio has to have all of them")
    badges: Tags = Field(default_factory=list, description="Slugs; a studio has to have all of them")
    open_now: bool = Field(default=False, description="Only studios whose hours say that they are open")
    page: int = Field(default=1, ge=1, le=MOST_MATCHES)
    size: int = Field(default=20, ge=1, le=LARGEST_PAGE_SIZE)


class StudioFilter(PlaceFilter):
    sort: StudioSort | None = Field(
        default=None,
        description="`relevance` needs `q`, `distance` needs `near`; the usual is the first of: "
        "relevance with `q`, distance with `near`, newest",
    )

    @model_validator(mode="after")
    def sort_has_what_it_needs(self) -> Self:
        _check_sort(self.sort, self)
        return self


class RoomSearchFilter(PlaceFilter):
    """What rooms are found by."""

    capacity: Annotated[int, Field(ge=1, le=MOST_PEOPLE)] | None = Field(
        default=None, description="At least so many people"
    )
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = Field(
        default=None, examples=["GBP"]
    )
    min_price: Amount | None = Field(default=None, description="An hour, in minor units; needs `currency`")
    max_price: Amount | None = Field(default=None, description="An hour, in minor units; needs `currency`")
    free_from: StudioTime | None = Field(
        default=None,
        description="With `free_to`: only rooms that can be booked then. Without an offset: local time of `city_id`",
    )
    free_to: StudioTime | None = None
    duration: Annotated[int, Field(ge=5, le=LONGEST_BOOKING_MINUTES)] | None = Field(
        default=None,
        description="Minutes: it is enough that such a booking fits somewhere between `free_from` and `free_to`, "
        "which then are at most two days apart",
    )
    sort: SearchSort | None = Field(
        default=None,
        description="`relevance` needs `q`, `distance` needs `near`; `price` is the cheapest hour, "
        "currency by currency. The usual is the first of: relevance with `q`, distance with `near`, price",
    )

    @model_validator(mode="after")
    def parts_fit(self) -> Self:
        _check_sort(self.sort, self)
        if self.currency is None and (self.min_price is not None or self.max_price is not None):
            raise ValueError("min_price and max_price need a currency: prices of two can't be compared")
        if self.free_from is None and self.free_to is None:
            if self.duration is not None:
                raise ValueError("duration needs free_from and free_to")
            return self
        if self.free_from is None or self.free_to is None:
            raise ValueError("free_from and free_to need one another")
        self._check_window(self.free_from, self.free_to)
        return self

    def _check_window(self, free_from: datetime, free_to: datetime) -> None:
        if (free_from.tzinfo is None) != (free_to.tzinfo is None):
            raise ValueError("free_from and free_to have an offset both or neither")
        if free_from >= free_to:
            raise ValueError("free_to has to be after free_from")
        if any(moment.second or moment.microsecond for moment in (free_from, free_to)):
            raise ValueError("free_from and free_to are whole minutes")
        longest = timedelta(minutes=LONGEST_BOOKING_MINUTES)
        if self.duration is not None:
            longest = LONGEST_WINDOW_FOR_DURATION
        if free_to - free_from > longest:
            raise ValueError("free_to is too long after free_from")


class RoomFilter(RoomSearchFilter):
    address_id: FilterId | None = None


class SearchFilter(RoomSearchFilter):
    facets: bool = Field(
        default=True, description="`false` leaves the counts out, for the pages after the first"
    )


def _check_sort(sort: StudioSort | SearchSort | None, wanted: PlaceFilter) -> None:
    if sort == SearchSort.RELEVANCE and wanted.q is None:
        raise ValueError("sort=relevance needs q")
    if sort == SearchSort.DISTANCE and wanted.near is None:
        raise ValueError("sort=distance needs near")
