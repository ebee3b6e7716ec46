from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from src.geographic.distance import distance_km
from src.geographic.loading import load_geography
from src.geographic.search_key import search_key
from tests.factories.world import LONDON, SAO_PAULO, problem

COLOGNE = 2886242


async def found(client, **query):
    answer = await client.get("/api/v1/cities", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_loading_again_changes_nothing(session):
    assert await load_geography(session) == {"countries": 0, "cities": 0, "city_names": 0}


async def test_loading_puts_right_what_differs_and_what_is_missing(session):
    await session.execute(text("UPDATE countries SET name = 'Nowhere' WHERE code = 'BR'"))
    await session.execute(text("UPDATE cities SET timezone = 'UTC' WHERE id = :id"), {"id": LONDON})
    await session.execute(text("DELETE FROM city_names WHERE city_id = :id AND rank = 1"), {"id": SAO_PAULO})
    assert await load_geography(session) == {"countries": 1, "cities": 1, "city_names": 1}
    zone = await session.scalar(text("SELECT timezone FROM cities WHERE id = :id"), {"id": LONDON})
    assert zone == "Europe/London"


async def test_loading_forgets_names_that_are_gone(session):
    await session.execute(text("INSERT INTO city_names VALUES (:id, 'old sarum', 2)"), {"id": LONDON})
    assert await load_geography(session) == {"countries": 0, "cities": 0, "city_names": 1}
    kept = await session.scalar(text("SELECT count(*) FROM city_names WHERE key = 'old sarum'"))
    assert kept == 0


async def test_a_city_that_is_gone_stays_with_its_names(session):
    await session.execute(
        text("INSERT INTO cities VALUES (1, 'Atlantis', 'GR', NULL, 36, 25, 15000, 'Europe/Athens')")
    )
    await session.execute(text("INSERT INTO city_names VALUES (1, 'atlantis', 1)"))
    assert await load_geography(session) == {"countries": 0, "cities": 0, "city_names": 0}
    assert await session.scalar(text("SELECT count(*) FROM city_names WHERE city_id = 1")) == 1


async def test_every_country_and_every_larger_city_is_there(session):
    countries = await session.scalar(text("SELECT count(*) FROM countries"))
    larger = await session.scalar(text("SELECT count(*) FROM cities WHERE population >= 15000"))
    assert countries >= 245
    assert larger > 25_000


async def test_every_time_zone_of_a_city_can_be_loaded(session):
    zones = (await session.scalars(text("SELECT DISTINCT timezone FROM cities"))).all()
    assert len(zones) > 300
    assert [ZoneInfo(zone).key for zone in zones] == zones


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("sao", "São Paulo"),
        ("São P", "São Paulo"),
        ("SAO PAULO", "São Paulo"),
        ("cologne", "Köln"),
        ("koln", "Köln"),
        ("köln", "Köln"),
        ("lodz", "Łódź"),
        ("Łódź", "Łódź"),
        ("london", "London"),
        ("new york", "New York City"),
        ("xi'an", "Xi\N{RIGHT SINGLE QUOTATION MARK}an"),
        ("saint-denis", "Saint-Denis"),
    ],
)
async def test_a_city_is_found_by_the_start_of_its_name_without_accents(client, typed, first):
    names = [city["name"] for city in await found(client, q=typed)]
    assert names[0] == first


@pytest.mark.parametrize("typed", ["colog", "keulen", "koeln", "colonia agrip"])
async def test_a_city_is_found_by_its_names_in_other_languages(client, typed):
    assert (await found(client, q=typed))[0]["id"] == COLOGNE


async def test_a_city_of_many_names_is_listed_once(client):
    ids = [city["id"] for city in await found(client, q="ko", country="DE", limit=100)]
    assert COLOGNE in ids
    assert len(set(ids)) == len(ids)


async def test_the_largest_come_first_where_nothing_is_typed(client):
    populations = [city["population"] for city in await found(client)]
    assert len(populations) == 20
    assert populations == sorted(populations, reverse=True)


async def test_a_country_narrows_the_search(client):
    everywhere = await found(client, q="london")
    canadian = await found(client, q="london", country="ca")
    assert everywhere[0]["id"] == LONDON
    assert canadian
    assert {city["country_code"] for city in canadian} == {"CA"}
    assert await found(client, q="london", country="XX") == []


async def test_no_more_cities_than_wanted(client):
    assert len(await found(client, q="san", limit=3)) == 3


@pytest.mark.parametrize("typed", ["!!!", "%", "_", "\0", "zzzzzzzz", "%41%00"])
async def test_signs_find_nothing_rather_than_everything(client, typed):
    assert await found(client, q=typed) == []


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 101},
        {"q": "x" * 81},
        {"country": "GBR"},
        {"country": "1"},
        {"near": "?"},
        {"near": "51.5"},
        {"near": "91,0"},
        {"near": "0,180.5"},
        {"near": "nan,0"},
        {"near": "1e1,0"},
    ],
)
async def test_a_search_that_makes_no_sense_is_refused(client, query):
    problem(await client.get("/api/v1/cities", params=query), 422, "validation_failed")


async def test_a_city_has_its_place_and_time_zone(client):
    city = (await client.get(f"/api/v1/cities/{SAO_PAULO}")).json()
    assert (city["name"], city["country_code"], city["timezone"]) == ("São Paulo", "BR", "America/Sao_Paulo")
    assert city["latitude"] == pytest.approx(-23.55, abs=0.05)
    assert city["longitude"] == pytest.approx(-46.63, abs=0.05)


async def test_countries_are_listed_by_name(client):
    countries = (await client.get("/api/v1/countries")).json()
    assert len(countries) >= 245
    assert {"BR", "GB", "US", "NP"} <= {country["code"] for country in countries}


@pytest.mark.parametrize("code", ["BR", "br"])
async def test_a_country_is_found_by_its_code_in_either_case(client, code):
    country = (await client.get(f"/api/v1/countries/{code}")).json()
    assert (country["name"], country["currency"], country["phone_prefix"]) == ("Brazil", "BRL", "+55")


async def test_an_unknown_country_is_not_found(client):
    problem(await client.get("/api/v1/countries/XX"), 404, "country_not_found")
    problem(await client.get("/api/v1/countries/GBR"), 422, "validation_failed")


async def test_an_unknown_city_is_not_found(client):
    problem(await client.get("/api/v1/cities/1"), 404, "city_not_found")
    problem(await client.get(f"/api/v1/cities/{2**53 - 1}"), 404, "city_not_found")
    problem(await client.get(f"/api/v1/cities/{2**53}"), 422, "validation_failed")


@pytest.mark.parametrize(
    ("name", "key"),
    [("Łódź", "lodz"), ("Saint-Denis", "saint denis"), ("Xi'an", "xian"), ("Straße", "strasse"), ("  ", "")],
)
def test_names_are_folded(name, key):
    assert search_key(name) == key
    assert search_key(key) == key


@pytest.mark.parametrize(
    ("near", "nearest"),
    [
        ("51.7520,-1.2577", "Oxford"),
        ("-18.14,178.44", "Suva"),
        ("-16.43,-179.99", "Labasa"),  # over the date line from the city
    ],
)
async def test_the_nearest_cities_come_first_wherever_one_is(client, near, nearest):
    cities = await found(client, near=near, limit=5)
    distances = [city["distance_km"] for city in cities]
    assert distances == sorted(distances)
    assert cities[0]["name"] == nearest


async def test_the_nearest_are_those_of_all_by_real_distance(client, session):
    """On a sphere, not on a map: at 69 degrees north a degree of longitude is a third of one of latitude."""
    cities = (await session.execute(text("SELECT id, latitude, longitude FROM cities"))).all()
    for latitude, longitude in ((69.65, 18.96), (-36.85, 174.76), (0.0, 0.0), (52.37, 4.9), (89.0, 0.0)):
        expected = sorted(cities, key=lambda c: distance_km(latitude, longitude, c.latitude, c.longitude))
        nearest = await found(client, near=f"{latitude},{longitude}", limit=10)
        assert [city["id"] for city in nearest] == [city.id for city in expected[:10]]
        city = expected[9]
        kilometres = distance_km(latitude, longitude, city.latitude, city.longitude)
        assert nearest[9]["distance_km"] == pytest.approx(kilometres, abs=0.06)


async def test_near_goes_with_a_name_and_a_country(client):
    (paris, *_) = await found(client, q="paris", near="33.66,-95.55")
    assert (paris["country_code"], paris["name"]) == ("US", "Paris")
    french = await found(client, near="51.13,1.31", country="FR", limit=3)
    assert {city["country_code"] for city in french} == {"FR"}
    assert french[0]["name"] == "Calais"
    assert (await found(client, q="london"))[0]["distance_km"] is None


@pytest.mark.parametrize(
    ("one", "other", "kilometres"),
    [
        ((51.5, -0.13), (48.86, 2.35), 343),
        ((40.71, -74.0), (51.5, -0.13), 5570),
        ((0, 0), (0, 180), 20015),
        ((0, 179.5), (0, -179.5), 111),
        ((90, 0), (90, 120), 0),
    ],
)
def test_distances(one, other, kilometres):
    assert distance_km(*one, *other) == pytest.approx(kilometres, abs=1)
    assert distance_km(*other, *one) == pytest.approx(kilometres, abs=1)
