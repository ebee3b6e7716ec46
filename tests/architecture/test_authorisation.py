"""The matrix: every route of the OpenAPI document, tried by everybody. One that nobody has classified fails here.

Who may not is refused before anything is written, not only rolled back; an administrator of the platform who passes
by no right of their own in the company leaves a record. The table is in `routes.py`, the people in `scene.py`.
"""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from starlette.routing import Mount, Route

from src.core.config import Settings
from src.teams.permissions import READING
from tests.architecture import scene as scenes
from tests.architecture.routes import ROUTES, UNDOCUMENTED
from tests.architecture.rules import FORBIDDEN, NOT_FOUND, UNAUTHORIZED, Rule
from tests.architecture.scene import Scene, taken_back
from tests.factories.world import problem
from tests.support.database import RolledBackDatabase

# Of who lacks a right, whatever the route: none of these is an answer to somebody who may.
REFUSALS = {"permission_missing", "not_company_admin", "admin_only", "not_authenticated"}
CLOSED = [route for route, rule in ROUTES.items() if not rule.is_open]
OPEN = [route for route, rule in ROUTES.items() if rule.is_open]
WRITES = ("POST", "PUT", "PATCH", "DELETE")


@pytest.fixture(scope="module")
async def stage(shared_app: FastAPI, engine: AsyncEngine, settings: Settings) -> AsyncIterator[Any]:
    async with scenes.staged(shared_app, engine, settings) as stage:
        yield stage


@pytest.fixture
def on_stage(stage: tuple[AsyncConnection, Scene], shared_app: FastAPI) -> AsyncConnection:
    shared_app.state.database = RolledBackDatabase(stage[0])
    return stage[0]


@pytest.fixture
def scene(stage: tuple[AsyncConnection, Scene], on_stage: AsyncConnection) -> Scene:
    return stage[1]


async def count_writes(connection: AsyncConnection) -> int:
    """Rows that this transaction has tried to write, whether or not it took them back."""
    tried = text("SELECT sum(n_tup_ins + n_tup_upd + n_tup_del)::bigint FROM pg_stat_xact_user_tables")
    return int(await connection.scalar(tried) or 0)


def operations(app: FastAPI) -> list[str]:
    return [
        f"{method.upper()} {path}" for path, methods in app.openapi()["paths"].items() for method in methods
    ]


def addresses_of(app: FastAPI) -> Iterator[str]:
    for context in iter_route_contexts(app.routes):
        route: Any = context.original_route
        path = str(getattr(context, "path", None) or route.path)
        if isinstance(route, Mount):
            yield f"MOUNT {path}"
            continue
        assert isinstance(route, APIRoute | Route), route
        yield from (f"{method} {path}" for method in route.methods or () if method != "HEAD")


def test_every_route_is_classified(shared_app: FastAPI) -> None:
    assert sorted(operations(shared_app)) == sorted(ROUTES)
    assert set(addresses_of(shared_app)) - set(ROUTES) == UNDOCUMENTED


@pytest.mark.parametrize("route", CLOSED)
async def test_who_may_not_is_refused_and_who_may_is_not(
    scene: Scene, on_stage: AsyncConnection, route: str
) -> None:
    rule = ROUTES[route]
    for actor in scene.actors:
        expected = rule.expected(actor)
        async with taken_back(on_stage):
            before = await count_writes(on_stage)
            answer = await scene.ask(route, rule, actor)
            said = f"{actor.name}: {answer.status_code} {answer.text[:300]}"
            if expected is None:
                check_passed(scene, route, rule, answer, said)
                if answer.is_success and actor.is_platform_admin and rule.permission not in {None, *READING}:
                    await check_override(on_stage, route)
            else:
                allowed = {expected, FORBIDDEN} if is_split(rule) else {expected}
                assert answer.status_code in allowed, said
                assert await count_writes(on_stage) == before, f"{actor.name} has written something"


def is_split(rule: Rule) -> bool:
    """More may see a booking than may do everything with it: 404 for some, 403 for others."""
    return rule.refusal is NOT_FOUND and rule.permission not in {None, *READING}


def check_passed(scene: Scene, route: str, rule: Rule, answer: httpx.Response, said: str) -> None:
    assert answer.status_code < 500, said
    is_problem = answer.headers.get("content-type") == "application/problem+json"
    assert not is_problem or answer.json()["code"] not in REFUSALS, said
    if not rule.is_own:
        refused = {UNAUTHORIZED, FORBIDDEN, 422} | ({NOT_FOUND} if scene.knows(route) else set())
        assert answer.status_code not in refused, said


async def check_override(connection: AsyncConnection, route: str) -> None:
    if route.startswith(WRITES):
        recorded = text("SELECT count(*) FROM audit_entries WHERE is_platform_admin")
        assert (await connection.scalar(recorded) or 0) > 0, "the administrator left no trace"


@pytest.mark.parametrize("route", CLOSED)
async def test_a_log_in_that_is_none_opens_nothing(
    scene: Scene, on_stage: AsyncConnection, route: str
) -> None:
    method, path = route.split()
    problem(await scene.client.request(method, path), 401, "not_authenticated")
    forged = await scene.client.request(method, path, headers={"Authorization": "Bearer forged"})
    problem(forged, 401, "invalid_token")
    assert forged.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("route", OPEN)
async def test_what_is_open_does_not_ask_who_it_is(
    scene: Scene, on_stage: AsyncConnection, route: str
) -> None:
    """A log-in that fails is the one 401 of these; without any body it does not get so far."""
    for name in ("anonymous", "stranger"):
        async with taken_back(on_stage):
            answer = await scene.ask(route, ROUTES[route], scene.actor(name))
            assert answer.status_code not in {UNAUTHORIZED, FORBIDDEN}, answer.text
            assert answer.status_code < 500 or route == "GET /health/ready", answer.text


@pytest.mark.parametrize("route", [route for route, rule in ROUTES.items() if rule.at_studio])
async def test_a_draft_is_not_there_for_others(scene: Scene, on_stage: AsyncConnection, route: str) -> None:
    for name in (
        "stranger",
        "owner of another company",
        "removed manager",
        "manager limited to another studio",
    ):
        answer = await scene.at_the_draft().ask(route, ROUTES[route], scene.actor(name))
        assert answer.status_code == NOT_FOUND, f"{name}: {answer.text}"
    async with taken_back(on_stage):
        answer = await scene.at_the_draft().ask(route, ROUTES[route], scene.actor("manager"))
        # What belongs to the other studio isn't in the draft, for anybody.
        is_elsewhere = answer.status_code == NOT_FOUND and not scene.at_the_draft().knows(route)
        assert is_elsewhere or answer.status_code < 300, answer.text


@pytest.mark.parametrize("route", ["GET /api/v1/addresses/{id_or_slug}", "GET /api/v1/rooms/{room_id}"])
async def test_a_draft_is_read_by_its_company_only(
    scene: Scene, on_stage: AsyncConnection, route: str
) -> None:
    for actor in scene.actors:
        answer = await scene.at_the_draft().ask(route, ROUTES[route], actor)
        belongs = actor.is_company_admin or actor.is_platform_admin or actor.role is not None
        sees = belongs and actor.where.name == "EVERYWHERE"
        assert answer.status_code == (200 if sees else 404), f"{actor.name}: {answer.text}"


async def test_who_reads_a_booking_may_not_all_cancel_it(scene: Scene, on_stage: AsyncConnection) -> None:
    route = "POST /api/v1/bookings/{booking_id}/cancel"
    statuses = {
        name: (await scene.ask(route, ROUTES[route], scene.actor(name))).status_code
        for name in ("staff", "staff limited to this studio", "staff limited to another studio", "stranger")
    }
    assert list(statuses.values()) == [403, 403, 404, 404]


async def test_the_matrix_would_notice_a_check_that_is_missing(
    scene: Scene, on_stage: AsyncConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: without the decision everybody comes in, and is seen writing."""

    async def let_pass(*_: Any, **__: Any) -> bool:
        return True

    monkeypatch.setattr("src.teams.repository.may", let_pass)
    route = "PATCH /api/v1/rooms/{room_id}"
    async with taken_back(on_stage):
        before = await count_writes(on_stage)
        answer = await scene.ask(route, ROUTES[route], scene.actor("stranger"))
        assert answer.status_code == 200
        assert await count_writes(on_stage) > before


async def test_lists_of_ones_own_show_and_count_nothing_of_others(
    scene: Scene, on_stage: AsyncConnection
) -> None:
    lists = [route for route, rule in ROUTES.items() if rule.is_own and route.startswith("GET ")]
    empty = set()
    for route in lists:
        answer = (await scene.ask(route, ROUTES[route], scene.actor("stranger"))).json()
        if "total" in answer and not route.endswith("/auth/sessions"):
            assert (answer["items"], answer["total"]) == ([], 0), route
            empty.add(route.removeprefix("GET /api/v1"))
    assert empty >= {"/companies/mine", "/bookings", "/users/me/favorites"}


def test_no_body_takes_a_field_that_it_does_not_name(shared_app: FastAPI) -> None:
    """Mass assignment: `role`, `company_id`, `status`, `expires_at` and the like, where they aren't meant."""
    document = shared_app.openapi()
    schemas = document["components"]["schemas"]
    bodies = {
        f"{method} {path}": operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    lax = [
        f"{route}: {name}"
        for route, body in bodies.items()
        for name in schemas_in(document, body)
        if schemas[name].get("additionalProperties") is not False
    ]
    assert lax == []


def schemas_in(document: dict[str, Any], schema: Any) -> set[str]:
    """Names of the object schemas that a body is made of, nested ones too."""
    if isinstance(schema, list):
        return {name for part in schema for name in schemas_in(document, part)}
    if not isinstance(schema, dict):
        return set()
    found = {name for part in schema.values() for name in schemas_in(document, part)}
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        part = document["components"]["schemas"][name]
        found |= schemas_in(document, part) | ({name} if part.get("type") == "object" else set())
    return found
