"""Every address is classified by who may use it; one that nobody has thought about fails here."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import Mount, Route

from tests.factories.world import LONDON, World, problem, wish


class Who(StrEnum):
    ANYBODY = "anybody"
    LOGGED_IN = "whoever is logged in, about their own things"
    VERIFIED = "whoever is logged in and has confirmed the address"
    CUSTOMER_OR_ADMIN = "the customer of the booking and the company's admins; others get 404"
    ADMIN_OR_PUBLISHED = "anybody once it is published, before that the company's admins; others get 404"
    PLATFORM_ADMIN = "the administrators of the platform; others get 403"
    COMPANY_ADMIN = "the admins of the company; others get 403, or 404 for what they can't see"


ADDRESSES = {
    "POST /api/v1/auth/register": Who.ANYBODY,
    "POST /api/v1/auth/verify-email": Who.ANYBODY,
    "POST /api/v1/auth/resend-verification": Who.ANYBODY,
    "POST /api/v1/auth/login": Who.ANYBODY,
    "POST /api/v1/auth/token": Who.ANYBODY,
    "POST /api/v1/auth/refresh": Who.ANYBODY,
    "GET /api/v1/auth/google/redirect": Who.ANYBODY,
    "GET /api/v1/auth/google/callback": Who.ANYBODY,
    "POST /api/v1/auth/google/exchange": Who.ANYBODY,
    "POST /api/v1/auth/logout": Who.LOGGED_IN,
    "POST /api/v1/auth/logout-all": Who.LOGGED_IN,
    "GET /api/v1/auth/sessions": Who.LOGGED_IN,
    "DELETE /api/v1/auth/sessions/{session_id}": Who.LOGGED_IN,
    "POST /api/v1/auth/forgot-password": Who.ANYBODY,
    "POST /api/v1/auth/reset-password": Who.ANYBODY,
    "POST /api/v1/auth/change-password": Who.LOGGED_IN,
    "GET /api/v1/auth/me": Who.LOGGED_IN,
    "GET /api/v1/users/me": Who.LOGGED_IN,
    "PATCH /api/v1/users/me": Who.LOGGED_IN,
    "DELETE /api/v1/users/me": Who.LOGGED_IN,
    "GET /api/v1/users/me/export": Who.LOGGED_IN,
    "POST /api/v1/users/me/photo": Who.LOGGED_IN,
    "DELETE /api/v1/users/me/photo": Who.LOGGED_IN,
    "GET /api/v1/users/me/favorites": Who.LOGGED_IN,
    "GET /api/v1/users": Who.PLATFORM_ADMIN,
    "GET /api/v1/users/{user_id}": Who.ANYBODY,
    "PATCH /api/v1/users/{user_id}": Who.PLATFORM_ADMIN,
    "GET /api/v1/countries": Who.ANYBODY,
    "GET /api/v1/countries/{code}": Who.ANYBODY,
    "GET /api/v1/cities": Who.ANYBODY,
    "GET /api/v1/cities/{city_id}": Who.ANYBODY,
    "POST /api/v1/companies": Who.VERIFIED,
    "GET /api/v1/companies/mine": Who.LOGGED_IN,
    "GET /api/v1/companies/{id_or_slug}": Who.ANYBODY,
    "POST /api/v1/companies/{company_id}/logo": Who.COMPANY_ADMIN,
    "POST /api/v1/addresses": Who.COMPANY_ADMIN,
    "GET /api/v1/addresses/{id_or_slug}": Who.ADMIN_OR_PUBLISHED,
    "PATCH /api/v1/addresses/{address_id}": Who.COMPANY_ADMIN,
    "PUT /api/v1/addresses/{address_id}/operating-hours": Who.COMPANY_ADMIN,
    "PUT /api/v1/addresses/{address_id}/favorite": Who.LOGGED_IN,
    "DELETE /api/v1/addresses/{address_id}/favorite": Who.LOGGED_IN,
    "GET /api/v1/rooms": Who.ANYBODY,
    "POST /api/v1/rooms": Who.COMPANY_ADMIN,
    "GET /api/v1/rooms/{room_id}": Who.ADMIN_OR_PUBLISHED,
    "PATCH /api/v1/rooms/{room_id}": Who.COMPANY_ADMIN,
    "PUT /api/v1/rooms/{room_id}/prices": Who.COMPANY_ADMIN,
    "GET /api/v1/rooms/{room_id}/availability": Who.ANYBODY,
    "POST /api/v1/bookings/quote": Who.ANYBODY,
    "POST /api/v1/bookings": Who.VERIFIED,
    "GET /api/v1/bookings": Who.LOGGED_IN,
    "GET /api/v1/bookings/{booking_id}": Who.CUSTOMER_OR_ADMIN,
    "GET /api/v1/bookings/{booking_id}/cancellation": Who.CUSTOMER_OR_ADMIN,
    "POST /api/v1/bookings/{booking_id}/cancel": Who.CUSTOMER_OR_ADMIN,
    "POST /api/v1/bookings/{booking_id}/checkout": Who.CUSTOMER_OR_ADMIN,
    "GET /api/v1/bookings/{booking_id}/payments": Who.CUSTOMER_OR_ADMIN,
    # The gateway's page, open to whoever has its unguessable link, as at Stripe's.
    "GET /sandbox/checkout/{ref}": Who.ANYBODY,
    "POST /sandbox/checkout/{ref}/{outcome}": Who.ANYBODY,
    "GET /health": Who.ANYBODY,
    "GET /health/ready": Who.ANYBODY,
    "GET /openapi.json": Who.ANYBODY,
    "GET /docs": Who.ANYBODY,
    "GET /redoc": Who.ANYBODY,
    "MOUNT /docs-assets": Who.ANYBODY,
    "MOUNT /media": Who.ANYBODY,
}
OPEN = {Who.ANYBODY, Who.ADMIN_OR_PUBLISHED}


def those_for(*kinds: Who) -> list[str]:
    return [address for address, who in ADDRESSES.items() if who in kinds]


def addresses_of(app: FastAPI) -> Iterator[str]:
    for context in iter_route_contexts(app.routes):
        route: Any = context.original_route
        path = str(getattr(context, "path", None) or route.path)
        if isinstance(route, Mount):
            yield f"MOUNT {path}"
            continue
        assert isinstance(route, APIRoute | Route), route
        yield from (f"{method} {path}" for method in route.methods or () if method != "HEAD")


def test_every_address_is_classified(shared_app: FastAPI) -> None:
    assert sorted(addresses_of(shared_app)) == sorted(ADDRESSES)


async def ask(client: httpx.AsyncClient, address: str, **options: Any) -> httpx.Response:
    """With 1 for every id, and no body: who may not come in is turned away before it is looked at."""
    method, path = address.split()
    for parameter in (
        "code",
        "city_id",
        "id_or_slug",
        "address_id",
        "room_id",
        "booking_id",
        "session_id",
        "user_id",
        "company_id",
    ):
        path = path.replace(f"{{{parameter}}}", "GB" if parameter == "code" else "1")
    return await client.request(method, path, **options)


@pytest.mark.parametrize("address", [address for address, who in ADDRESSES.items() if who not in OPEN])
async def test_without_a_log_in_it_is_closed(client: httpx.AsyncClient, address: str) -> None:
    answer = await ask(client, address)
    problem(answer, 401, "not_authenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    problem(await ask(client, address, headers={"Authorization": "Bearer forged"}), 401, "invalid_token")


@pytest.mark.parametrize("address", those_for(*OPEN))
async def test_what_is_open_does_not_ask_who_it_is(client: httpx.AsyncClient, address: str) -> None:
    answer = await ask(client, address.replace("MOUNT", "GET"))
    assert answer.status_code != 403
    # A log-in that fails is the one 401 of these; without any body it does not get so far.
    assert answer.status_code != 401


@pytest.mark.parametrize("address", those_for(*set(Who) - OPEN))
async def test_an_unconfirmed_address_closes_exactly_what_is_for_the_confirmed(
    world: World, client: httpx.AsyncClient, address: str
) -> None:
    newcomer = await world.person(is_verified=False)
    answer = await ask(client, address, headers=newcomer.headers)
    is_refused = answer.status_code == 403 and answer.json()["code"] == "email_not_verified"
    assert is_refused == (ADDRESSES[address] is Who.VERIFIED), answer.text


async def test_what_belongs_to_a_company_is_closed_to_others(world: World, client: httpx.AsyncClient) -> None:
    studio, stranger = await world.studio(), (await world.studio()).owner
    bodies: dict[str, Any] = {
        "POST /api/v1/companies/{company_id}/logo": None,
        "POST /api/v1/addresses": {
            "company_id": studio.company["id"], "name": "Mine", "street": "1 Dean Street",
            "city_id": LONDON, "lat": 51.5, "lng": 0,
        },
        "PATCH /api/v1/addresses/{address_id}": {"name": "Mine"},
        "PUT /api/v1/addresses/{address_id}/operating-hours": {"hours": []},
        "POST /api/v1/rooms": {
            "address_id": studio.address["id"], "name": "Mine",
            "capacity": 6, "slot_minutes": 60, "min_minutes": 60, "max_minutes": 720,
        },
        "PATCH /api/v1/rooms/{room_id}": {"name": "Mine"},
        "PUT /api/v1/rooms/{room_id}/prices": {"prices": [{"duration_minutes": 60, "amount": 1}]},
    }  # fmt: skip
    assert set(bodies) == set(those_for(Who.COMPANY_ADMIN))
    for address, body in bodies.items():
        method, path = address.split()
        path = path.format(
            company_id=studio.company["id"], address_id=studio.address["id"], room_id=studio.room_id
        )
        sent: dict[str, Any] = {"files": {"file": b"a picture"}} if body is None else {"json": body}
        answer = await client.request(method, path, headers=stranger.headers, **sent)
        assert answer.status_code in {403, 404}, f"{address}: {answer.status_code} {answer.text}"
    assert (await studio.owner.get(f"/rooms/{studio.room_id}")).json() == studio.room


@pytest.mark.parametrize("address", those_for(Who.PLATFORM_ADMIN))
async def test_what_is_for_the_platforms_administrators_is_closed_to_others(
    world: World, client: httpx.AsyncClient, address: str
) -> None:
    for stranger in (await world.person(), (await world.studio()).owner):
        problem(await ask(client, address, headers=stranger.headers), 403, "admin_only")


async def test_what_is_not_published_is_not_there_for_others(world: World, client: httpx.AsyncClient) -> None:
    studio, stranger = await world.studio(is_published=False), await world.person()
    for address in those_for(Who.ADMIN_OR_PUBLISHED):
        path = address.split()[1].format(id_or_slug=studio.address["id"], room_id=studio.room_id)
        assert (await client.get(path)).status_code == 404
        assert (await client.get(path, headers=stranger.headers)).status_code == 404
        assert (await client.get(path, headers=studio.owner.headers)).status_code == 200


async def test_a_booking_is_not_there_for_others(world: World, client: httpx.AsyncClient) -> None:
    studio, customer = await world.studio(), await world.person()
    booking = await world.held_booking(studio, customer)
    strangers = [await world.person(), (await world.studio()).owner]
    for address in those_for(Who.CUSTOMER_OR_ADMIN):
        method, path = address.split()
        path = path.format(booking_id=booking["id"])
        body = {"gateway": "sandbox"} if path.endswith("checkout") else {}
        for stranger in strangers:
            answer = await client.request(method, path, headers=stranger.headers, json=body)
            problem(answer, 404, answer.json()["code"])
    assert (await customer.get(f"/bookings/{booking['id']}")).json() == booking
    for stranger in strangers:
        assert (await stranger.get("/bookings")).json()["total"] == 0
    assert (await customer.post("/bookings", wish(studio))).status_code == 409
