import pytest

from src.core.identity import Role
from tests.factories.world import created, ok, problem

SOHO = {"name": "Soho Sound Rooms", "currency": "GBP"}


async def test_whoever_opens_a_company_becomes_studio_owner_and_its_first_admin(world, session):
    person = await world.person()
    assert (await ok(person.get("/users/me")))["role"] == "user"
    company = await created(person.post("/companies", SOHO))
    assert (await ok(person.get("/users/me")))["role"] == "studio_owner"
    assert [mine["id"] for mine in (await ok(person.get("/companies/mine")))["items"]] == [company["id"]]


async def test_an_admin_of_the_platform_stays_one(world):
    person = await world.person(role=Role.ADMIN)
    await created(person.post("/companies", SOHO))
    assert (await ok(person.get("/users/me")))["role"] == "admin"


async def test_a_company_has_what_was_asked_for(world):
    company = await created(
        (await world.person()).post("/companies", SOHO | {"cancellation_policy": "strict"})
    )
    assert set(company) == {
        "id", "name", "slug", "currency", "logo", "cancellation_policy", "cancellation_tiers", "tax_rate_bp",
        "prices_include_tax",        "is_active", "created_at", "platform_fee_bp",
    }  # fmt: skip
    assert company["name"] == "Soho Sound Rooms"
    assert company["currency"] == "GBP"
    assert company["cancellation_policy"] == "strict"


async def test_the_policy_is_moderate_unless_said(world):
    company = await created((await world.person()).post("/companies", SOHO))
    assert company["cancellation_policy"] == "moderate"


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Soho Sound Rooms", "soho-sound-rooms"),
        ("  Estúdio São João  ", "estudio-sao-joao"),
        ("Łódź & Söhne", "lodz-sohne"),
        ("1984", "company-1984"),
        ("!!!", "company"),
        ("Mine", "mine-2"),  # /companies/mine is a list
    ],
)
async def test_a_slug_is_readable(world, name, slug):
    company = await created((await world.person()).post("/companies", SOHO | {"name": name}))
    assert company["slug"] == slug


async def test_companies_of_one_name_have_slugs_of_their_own(world):
    person = await world.person()
    slugs = [(await created(person.post("/companies", SOHO)))["slug"] for _ in range(11)]
    assert slugs[:3] == ["soho-sound-rooms", "soho-sound-rooms-2", "soho-sound-rooms-3"]
    assert len(set(slugs)) == 11


async def test_a_very_long_name_has_a_slug_too(world):
    company = await created((await world.person()).post("/companies", SOHO | {"name": "Long " * 24}))
    assert len(company["slug"]) <= 80
    assert (await world.client.get(f"/api/v1/companies/{company['slug']}")).status_code == 200


async def test_anybody_reads_a_company_by_id_and_by_slug(world):
    company = await created((await world.person()).post("/companies", SOHO))
    by_id = await world.client.get(f"/api/v1/companies/{company['id']}")
    by_slug = await world.client.get(f"/api/v1/companies/{company['slug']}")
    assert by_id.json() == by_slug.json()
    assert by_id.json() | {"platform_fee_bp": 1000} == company  # which is the admins' business only


@pytest.mark.parametrize("name", ["0", "999999999", "no-such-company"])
async def test_an_unknown_company_is_not_found(world, name):
    problem(await world.client.get(f"/api/v1/companies/{name}"), 404, "company_not_found")


@pytest.mark.parametrize("name", ["-1", "Soho", "a%00b", "a" * 101, "%F0%9F%8E%B5"])
async def test_what_is_neither_id_nor_slug_is_refused(world, name):
    problem(await world.client.get(f"/api/v1/companies/{name}"), 422, "validation_failed")


async def test_an_id_that_no_database_can_hold_is_a_4xx(world):
    answer = await world.client.get(f"/api/v1/companies/{10**30}")
    assert answer.status_code in {404, 422}
    assert answer.headers["content-type"] == "application/problem+json"


async def test_my_companies_are_mine_alone_newest_first_and_in_pages(world):
    person, other = await world.person(), await world.person()
    await created(other.post("/companies", SOHO))
    ids = [(await created(person.post("/companies", SOHO)))["id"] for _ in range(3)]
    first = await ok(person.get("/companies/mine", params={"size": 2}))
    second = await ok(person.get("/companies/mine", params={"size": 2, "page": 2}))
    assert [company["id"] for company in first["items"]] == ids[:0:-1]
    assert [company["id"] for company in second["items"]] == ids[:1]
    assert (first["total"], first["page"], first["size"]) == (3, 1, 2)
    assert (second["total"], second["page"], second["size"]) == (3, 2, 2)


async def test_who_has_no_company_has_an_empty_list(world):
    assert await ok((await world.person()).get("/companies/mine")) == {
        "items": [],
        "total": 0,
        "page": 1,
        "size": 20,
    }


@pytest.mark.parametrize("query", [{"page": 0}, {"size": 0}, {"size": 101}, {"page": 10**30}, {"page": "x"}])
async def test_a_page_that_makes_no_sense_is_refused(world, query):
    problem(await (await world.person()).get("/companies/mine", params=query), 422, "validation_failed")


async def test_my_companies_need_a_log_in(world):
    problem(await world.client.get("/api/v1/companies/mine"), 401, "not_authenticated")
    problem(await world.client.post("/api/v1/companies", json=SOHO), 401, "not_authenticated")


@pytest.mark.parametrize(
    "changes",
    [
        {"currency": "XYZ"},
        {"currency": "gbp"},
        {"currency": ""},
        {"currency": None},
        {"currency": "GBP\n"},
        {"name": ""},
        {"name": "   "},
        {"name": "x" * 121},
        {"name": "a\0b"},
        {"name": "Soho\n\nYou have won"},
        {"name": "\N{LEFT-TO-RIGHT ISOLATE}Soho"},
        {"name": 7},
        {"cancellation_policy": "none"},
        {"platform_fee_bp": 0},
        {"slug": "abbey-road"},
        {"id": 1},
    ],
    ids=ascii,
)
async def test_a_company_with_a_bad_field_is_refused(world, changes):
    person = await world.person()
    problem(await person.post("/companies", SOHO | changes), 422, "validation_failed")
    assert (await ok(person.get("/companies/mine")))["total"] == 0


async def test_half_a_surrogate_pair_is_refused(world):
    person = await world.person()
    body = rb'{"name": "\ud800", "currency": "GBP"}'
    headers = person.headers | {"Content-Type": "application/json"}
    answer = await world.client.post("/api/v1/companies", content=body, headers=headers)
    problem(answer, 422, "validation_failed")


async def test_the_same_key_opens_one_company(world):
    person = await world.person()
    key = {"Idempotency-Key": "open-soho"}
    first = await person.post("/companies", SOHO, headers=key)
    again = await person.post("/companies", SOHO, headers=key)
    assert first.json() == again.json()
    assert (await ok(person.get("/companies/mine")))["total"] == 1
