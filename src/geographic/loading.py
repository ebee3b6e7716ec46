"""Fills the tables from the files in `data/` (GeoNames, CC BY 4.0). Running it again changes nothing.

A country or city that is gone from the files stays, because a studio may be there; a name that is gone goes.
"""

import csv
import gzip
from collections.abc import Iterator
from importlib import resources
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.database import driver

OWN_NAME, OTHER_NAME = 1, 2

Record = tuple[Any, ...]


async def load_geography(session: AsyncSession) -> dict[str, int]:
    """Copies into temporary tables, then inserts what is new and updates what differs; returns rows changed."""
    changed = {
        "countries": await _merge(session, "countries", "code", _COUNTRY_COLUMNS, list(_countries())),
        "cities": await _merge(session, "cities", "id", _CITY_COLUMNS, list(_cities())),
        "city_names": await _merge(session, "city_names", "city_id, key", _NAME_COLUMNS, list(_names())),
    }
    changed["city_names"] += len((await session.execute(_FORGET_OLD_NAMES)).all())
    return changed


_COUNTRY_COLUMNS = ["code", "alpha3", "name", "currency", "continent", "phone_prefix"]
_CITY_COLUMNS = [
    "id",
    "name",
    "country_code",
    "region_code",
    "latitude",
    "longitude",
    "population",
    "timezone",
]
_FORGET_OLD_NAMES = text(
    "DELETE FROM city_names AS old WHERE NOT EXISTS"
    " (SELECT FROM new_city_names AS new WHERE new.city_id = old.city_id AND new.key = old.key)"
    " AND EXISTS (SELECT FROM new_cities WHERE new_cities.id = old.city_id) RETURNING 1"
)
_NAME_COLUMNS = ["city_id", "key", "rank"]


async def _merge(
    session: AsyncSession, table: str, key: str, columns: list[str], records: list[Record]
) -> int:
    await session.execute(text(f"CREATE TEMP TABLE new_{table} (LIKE {table}) ON COMMIT DROP"))
    await (await driver(session)).copy_records_to_table(f"new_{table}", records=records, columns=columns)
    others = [column for column in columns if column not in key.split(", ")]
    listed = ", ".join(columns)
    merged = await session.execute(
        text(
            f"INSERT INTO {table} AS old ({listed}) SELECT {listed} FROM new_{table} "  # noqa: S608 - our names
            f"ON CONFLICT ({key}) DO UPDATE SET {', '.join(f'{c} = excluded.{c}' for c in others)} "
            f"WHERE ({', '.join(f'old.{c}' for c in others)}) "
            f"IS DISTINCT FROM ({', '.join(f'excluded.{c}' for c in others)}) RETURNING 1"
        )
    )
    return len(merged.all())


def _countries() -> Iterator[Record]:
    file = resources.files(__package__).joinpath("data/countries.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(file.splitlines()):
        yield (
            row["code"],
            row["alpha3"],
            row["name"],
            row["currency"] or None,
            row["continent"],
            row["phone_prefix"] or None,
        )


def _city_rows() -> Iterator[dict[str, str]]:
    packed = resources.files(__package__).joinpath("data/cities.csv.gz").read_bytes()
    yield from csv.DictReader(gzip.decompress(packed).decode("utf-8").splitlines())


def _cities() -> Iterator[Record]:
    for row in _city_rows():
        yield (
            int(row["geoname_id"]),
            row["name"],
            row["country_code"],
            row["admin1_code"] or None,
            float(row["latitude"]),
            float(row["longitude"]),
            int(row["population"]),
            row["timezone"],
        )


def _names() -> Iterator[Record]:
    for row in _city_rows():
        city_id = int(row["geoname_id"])
        yield (city_id, row["ascii_name"], OWN_NAME)
        for key in filter(None, row["alternate_names"].split("|")):
            if key != row["ascii_name"]:
                yield (city_id, key[:100], OTHER_NAME)
