"""Which rooms or studios match, in order: the statements' tables `found` and `matches`."""

from dataclasses import dataclass

from src.rooms.search import conditions, free_time
from src.rooms.search.conditions import Arguments
from src.rooms.search.enums import SearchSort, StudioSort
from src.rooms.search.filters import (
    MOST_FREE_MATCHES,
    MOST_MATCHES,
    PlaceFilter,
    RoomSearchFilter,
    StudioFilter,
)
from src.rooms.search.free_time import Window

# Words that more listings than these share say little; which of them are the best is then left open.
MOST_RANKED = MOST_MATCHES + 1
# Of some of them somebody may have taken the time.
MOST_RANKED_FREE = 2_000
# Words that most of the newest have are found by walking through these, and not in the index, which would name all.
SAMPLED, MOST_OF_SAMPLED, WALKED = 100, 80, 2 * MOST_RANKED

_ROOM_ORDER = {
    SearchSort.PRICE: "price_order, room_id",
    SearchSort.NEWEST: "room_id DESC",
    SearchSort.DISTANCE: "distance_km, room_id",
    SearchSort.RELEVANCE: "relevance DESC, room_id",
}
_INDEXED_ORDERS = {_ROOM_ORDER[SearchSort.PRICE], _ROOM_ORDER[SearchSort.NEWEST]}
_OF_PAGES = {"sort", "page", "size", "facets"}
_IN_INDEXES = _OF_PAGES | {"city_id", "free_from", "free_to", "duration"}
_IN_CELLS = _IN_INDEXES - {"city_id"} | {"near", "radius_km", "bbox"}
# Of more rooms than these the first by price are found by the cells of the map, unless the circle is huge.
FEW = 500
MOST_CELLS = 12
_STUDIO_ORDER = {
    StudioSort.NEWEST: "address_id DESC",
    StudioSort.DISTANCE: "distance_km, address_id",
    StudioSort.RELEVANCE: "relevance DESC, address_id",
}


def of_rooms(wanted: RoomSearchFilter, window: Window | None, arguments: Arguments) -> str:
    usual = SearchSort.RELEVANCE if wanted.q else SearchSort.DISTANCE if wanted.near else SearchSort.PRICE
    order = _ROOM_ORDER[wanted.sort or usual]
    if window is not None:
        return _free_rooms(order, wanted, window, arguments)
    where = [*conditions.of_place(wanted, arguments), *conditions.of_room(wanted, arguments)]
    columns = f"""
        listing.room_id, listing.address_id, listing.city_id, listing.currency, listing.hourly_amount,
        listing.price_order, listing.capacity, listing.equipment, listing.badges,
        {_distance(wanted, arguments)}, {_relevance(wanted)}"""
    return _matching(_Listings("room_listings", "room_id", columns, where), wanted, order, arguments)


def of_studios(wanted: StudioFilter, arguments: Arguments) -> str:
    usual = StudioSort.RELEVANCE if wanted.q else StudioSort.DISTANCE if wanted.near else StudioSort.NEWEST
    columns = f"listing.address_id, {_distance(wanted, arguments)}, {_relevance(wanted)}"
    where = conditions.of_place(wanted, arguments)
    listings = _Listings("studio_listings", "address_id", columns, where)
    return _matching(listings, wanted, _STUDIO_ORDER[wanted.sort or usual], arguments)


@dataclass(frozen=True, slots=True)
class _Listings:
    table: str
    key: str
    columns: str
    where: list[str]

    @property
    def found(self) -> str:
        return f"SELECT {self.columns} FROM {self.table} AS listing WHERE {' AND '.join(self.where)}"


def _matching(
    listings: _Listings, wanted: StudioFilter | RoomSearchFilter, order: str, arguments: Arguments
) -> str:
    first, found = "", listings.found
    if order.startswith("relevance") and wanted.model_dump(exclude_defaults=True).keys() <= _OF_PAGES | {"q"}:
        first, found = _by_words(listings)
    in_order = _in_order(_ranked(found, order, MOST_RANKED), order)
    return f"{_asked(wanted, arguments)} {first} {_first(MOST_MATCHES, in_order)}"


def _by_words(listings: _Listings) -> tuple[str, str]:
    """What the statement has to begin with, and the listings that have the words, at most `MOST_RANKED`."""
    has_words = "listing.words @@ (SELECT query FROM asked)"
    newest = f"FROM {listings.table} AS listing WHERE is_listed"
    in_order = f"ORDER BY {listings.key} DESC LIMIT"
    are_enough = f"(SELECT count(*) = {MOST_RANKED} FROM newest)"
    first = f"""
        sample AS MATERIALIZED (
            SELECT count(*) >= {MOST_OF_SAMPLED} AS is_common
            FROM (SELECT words {newest} {in_order} {SAMPLED}) AS listing WHERE {has_words}),
        newest AS MATERIALIZED (
            SELECT {listings.columns}
            FROM (SELECT * {newest} AND (SELECT is_common FROM sample) {in_order} {WALKED}) AS listing
            WHERE {has_words} LIMIT {MOST_RANKED}),"""
    return (
        first,
        f"""
        SELECT * FROM newest WHERE {are_enough}
        UNION ALL ({listings.found} AND NOT {are_enough} LIMIT {MOST_RANKED})""",
    )


def _distance(wanted: PlaceFilter, arguments: Arguments) -> str:
    return f"{conditions.distance_km(wanted, arguments)} AS distance_km"


def _asked(wanted: PlaceFilter, arguments: Arguments) -> str:
    return f"{conditions.asked_words(wanted, arguments)}," if wanted.q is not None else ""


def _relevance(wanted: PlaceFilter) -> str:
    return f"{conditions.relevance(wanted)} AS relevance"


def _free_rooms(order: str, wanted: RoomSearchFilter, window: Window, arguments: Arguments) -> str:
    """Looks at the time of one room after the other, in the order of the search, until there are enough."""
    asked = wanted.model_dump(exclude_defaults=True).keys()
    is_by_distance = order == _ROOM_ORDER[SearchSort.DISTANCE]
    cells = conditions.cells_nearby(wanted)
    are_in_cells = (
        order == _ROOM_ORDER[SearchSort.PRICE] and asked <= _IN_CELLS and 0 < len(cells) <= MOST_CELLS
    )
    nearby_cities, cities = _cities(wanted, arguments)
    of_candidates, of_listings = free_time.of_time(window, cities, arguments)
    few = ""
    if are_in_cells:
        few, nearby = _by_cells(wanted, cells, arguments)
    else:
        nearby = _ranked(_candidates(wanted, arguments, order), order, MOST_RANKED_FREE)
    candidates = f"SELECT * FROM ({nearby}) AS nearby WHERE {' AND '.join(['true', *of_candidates])}"
    # An index has that order; otherwise candidates are sorted first, so that nobody looks at the time of all of them.
    is_ordered = are_in_cells or (order in _INDEXED_ORDERS and asked <= _IN_INDEXES)
    free = f"""
        SELECT candidate.*, listing.address_id, listing.capacity, listing.equipment, listing.badges
               {"" if is_by_distance else f", {_distance(wanted, arguments)}"}
        FROM ({candidates if is_ordered else _in_order(candidates, order)}) AS candidate
        CROSS JOIN LATERAL (
            SELECT * FROM room_listings AS listing
            WHERE {" AND ".join(["listing.room_id = candidate.room_id", *of_listings])} LIMIT 1) AS listing"""
    return f"""
        {_asked(wanted, arguments)} {nearby_cities} {few}
        {_first(MOST_FREE_MATCHES, f"SELECT * FROM ({free}) AS found ORDER BY {order}")}"""


def _candidates(wanted: RoomSearchFilter, arguments: Arguments, order: str, cell: int | None = None) -> str:
    """No more columns than the indexes by price and by position have, and no distance that doesn't matter yet."""
    where = [*conditions.of_place(wanted, arguments, cell=cell), *conditions.of_room(wanted, arguments)]
    distance = f", {_distance(wanted, arguments)}" if order == _ROOM_ORDER[SearchSort.DISTANCE] else ""
    return f"""
        SELECT listing.room_id, listing.resource_id, listing.city_id, listing.currency, listing.hourly_amount,
               listing.price_order, {_relevance(wanted)} {distance}
        FROM room_listings AS listing WHERE {" AND ".join(where)} AND listing.hourly_amount IS NOT NULL"""


def _by_cells(wanted: RoomSearchFilter, cells: set[int], arguments: Arguments) -> tuple[str, str]:
    """What the statement has to begin with, and all rooms by price.

    Few are read and sorted; of many each cell's are read in the order of its index, as far as needed.
    """
    order = _ROOM_ORDER[SearchSort.PRICE]
    are_few = f"(SELECT count(*) <= {FEW} FROM few)"
    of_cells = [
        f"({_candidates(wanted, arguments, order, cell)} AND NOT {are_few} ORDER BY {order})"
        for cell in sorted(cells)
    ]
    every = " UNION ALL ".join([f"(SELECT * FROM few WHERE {are_few})", *of_cells])
    few = f"few AS MATERIALIZED ({_candidates(wanted, arguments, order)} LIMIT {FEW + 1}),"
    return few, f"{every} ORDER BY {order} OFFSET 0"


def _cities(wanted: RoomSearchFilter, arguments: Arguments) -> tuple[str, str | None]:
    """What the statement has to begin with, and an array of the cities of all candidates, where they are known."""
    if wanted.city_id is not None:
        return "", f"ARRAY[{arguments.add(wanted.city_id, 'bigint')}]"
    if wanted.near is None and wanted.bbox is None:
        return "", None
    nearby = conditions.cities_nearby(wanted, arguments)
    return f"cities_nearby AS MATERIALIZED ({nearby}),", "ARRAY(SELECT city_id FROM cities_nearby)"


def _in_order(found: str, order: str) -> str:
    return f"SELECT * FROM ({found}) AS found ORDER BY {order}"


def _ranked(found: str, order: str, most: int) -> str:
    return f"{found} LIMIT {most}" if order.startswith("relevance") else found


def _first(most: int, ordered: str) -> str:
    """One more than is shown tells that there are more."""
    return f"""
        found AS MATERIALIZED (
            SELECT *, row_number() OVER () AS number, {most} AS most FROM ({ordered} LIMIT {most + 1}) AS first),
        matches AS NOT MATERIALIZED (SELECT * FROM found WHERE number <= most)"""
