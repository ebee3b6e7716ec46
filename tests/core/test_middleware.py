import pytest

from tests.core.probe import Client

SITE = "http://localhost:3000"


@pytest.mark.parametrize(
    "path", ["/countries/GB", "/cities?q=london&limit=2", "/rooms/999999999", "/cities/0"]
)
async def test_the_api_without_a_version_is_the_newest_version(client: Client, path: str) -> None:
    headers = {"X-Request-ID": "same"}
    versioned = await client.get(f"/api/v1{path}", headers=headers)
    alias = await client.get(f"/api{path}", headers=headers)
    assert alias.status_code == versioned.status_code
    assert alias.content == versioned.content
    assert alias.history == []


async def test_the_alias_takes_bodies_and_log_ins(world) -> None:
    mira = await world.person()
    answer = await world.client.post(
        "/api/companies", json={"name": "Soho Sound", "currency": "GBP"}, headers=mira.headers
    )
    assert answer.status_code == 201
    assert (await mira.get(f"/companies/{answer.json()['id']}")).json().items() <= answer.json().items()


@pytest.mark.parametrize("path", ["/api/v2/countries", "/api/v1", "/api/v10/countries", "/api/v1x/countries"])
async def test_other_versions_are_not_there(client: Client, path: str) -> None:
    assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize("page", ["/docs", "/redoc", "/openapi.json"])
async def test_the_documentation_is_found_under_the_api_too(client: Client, page: str) -> None:
    redirect = await client.get(f"/api{page}")
    assert redirect.status_code == 307
    assert redirect.headers["Location"] == page
    assert (await client.get(page)).status_code == 200


async def test_a_page_of_the_site_may_call_with_a_log_in_and_read_what_it_needs(client: Client) -> None:
    asked = {
        "Origin": SITE,
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
    }
    preflight = await client.options("/api/v1/bookings", headers=asked)
    assert preflight.status_code == 200
    assert preflight.headers["Access-Control-Allow-Origin"] == SITE
    assert preflight.headers["Access-Control-Allow-Credentials"] == "true"
    for path in ("/api/v1/countries", "/api/v1/nothing", "/api/v1/bookings"):
        answer = await client.get(path, headers={"Origin": SITE})
        assert answer.headers["Access-Control-Allow-Origin"] == SITE
        exposed = answer.headers["Access-Control-Expose-Headers"]
        assert {"X-Request-ID", "Retry-After", "Idempotency-Replayed"} <= set(exposed.split(", "))


@pytest.mark.parametrize(
    "origin",
    ["http://localhost:3001", "https://localhost:3000", "http://localhost:3000.evil.example", "null"],
)
async def test_pages_of_other_sites_may_not(client: Client, origin: str) -> None:
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    assert (await client.options("/api/v1/bookings", headers=headers)).status_code == 400
    answer = await client.get("/api/v1/countries", headers={"Origin": origin})
    assert "Access-Control-Allow-Origin" not in answer.headers
