import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from fastapi import FastAPI, Response
from sqlalchemy import text

from src.core import idempotency
from src.core.config import Settings
from src.core.database import Database
from src.core.errors import ConflictError, UnavailableError
from src.core.idempotency import LONGEST_KEY, REPLAYED_HEADER, Idempotent
from tests.core.probe import Client, client_of, probe_client, probe_router, speaking_as
from tests.factories.world import World, created, problem, wish

Count = Callable[[str], Awaitable[int]]

COMPANY = {"name": "Soho Sound", "currency": "GBP"}


def key(value: str) -> dict[str, Any]:
    return {"headers": {"Idempotency-Key": value}}


async def number_of_companies(database: Database) -> int:
    async with database.reading() as session:
        return await session.scalar(text("SELECT count(*) FROM companies")) or 0


async def test_a_repeated_request_acts_once_and_gets_the_first_answer(
    world: World, database: Database
) -> None:
    mira = await world.person()
    first = await mira.post("/companies", COMPANY, **key("one"))
    again = await mira.post("/companies", COMPANY, **key("one"))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["content-type"] == first.headers["content-type"]
    assert REPLAYED_HEADER not in first.headers
    assert again.headers[REPLAYED_HEADER] == "true"
    assert await number_of_companies(database) == 1


async def test_another_key_or_none_acts_again(world: World, database: Database) -> None:
    mira = await world.person()
    for options in (key("one"), key("two"), {}, {}):
        answer = await mira.post("/companies", COMPANY, **options)
        assert answer.status_code == 201
        assert REPLAYED_HEADER not in answer.headers
    assert await number_of_companies(database) == 4


async def test_a_refusal_is_repeated_too_even_when_the_reason_is_gone(world: World) -> None:
    studio = await world.studio()
    booking = await world.held_booking(studio, await world.person())
    mira = await world.person()
    refused = await mira.post("/bookings", wish(studio), **key("one"))
    document = problem(refused, 409, "slot_taken")
    await world.people[1].post(f"/bookings/{booking['id']}/cancel")
    again = await mira.post("/bookings", wish(studio), **key("one"))
    assert problem(again, 409, "slot_taken") == document
    assert again.headers[REPLAYED_HEADER] == "true"
    assert (await mira.post("/bookings", wish(studio), **key("two"))).status_code == 201


@pytest.mark.parametrize(
    "change", [{"name": "Other"}, {"currency": "USD"}, {"cancellation_policy": "strict"}]
)
async def test_a_key_is_for_one_request(world: World, database: Database, change: dict[str, str]) -> None:
    mira = await world.person()
    await created(mira.post("/companies", COMPANY, **key("one")))
    problem(await mira.post("/companies", COMPANY | change, **key("one")), 422, "idempotency_key_reused")
    assert await number_of_companies(database) == 1


async def test_a_key_is_for_one_address(world: World) -> None:
    studio = await world.studio()
    await created(studio.owner.post("/companies", COMPANY, **key("one")))
    answer = await studio.owner.post("/rooms", COMPANY, **key("one"))
    # Whichever is looked at first, the body or the key: the stored company is not the answer.
    assert answer.status_code == 422
    assert REPLAYED_HEADER not in answer.headers


async def test_the_key_of_one_user_says_nothing_to_another(world: World, database: Database) -> None:
    mira, noor = await world.person(), await world.person()
    first = await created(mira.post("/companies", COMPANY, **key("one")))
    other = await noor.post("/companies", COMPANY, **key("one"))
    assert other.status_code == 201
    assert REPLAYED_HEADER not in other.headers
    assert other.json()["id"] != first["id"]
    assert await number_of_companies(database) == 2


@pytest.mark.parametrize("value", ["x" * (LONGEST_KEY + 1), ""], ids=["too long", "empty"])
async def test_a_key_that_cannot_be_kept_is_refused(world: World, database: Database, value: str) -> None:
    mira = await world.person()
    problem(await mira.post("/companies", COMPANY, **key(value)), 400, "idempotency_key_too_long")
    assert await number_of_companies(database) == 0


async def test_the_longest_key_is_kept(world: World) -> None:
    mira = await world.person()
    await created(mira.post("/companies", COMPANY, **key("x" * LONGEST_KEY)))
    assert (await mira.post("/companies", COMPANY, **key("x" * LONGEST_KEY))).headers[REPLAYED_HEADER]


async def test_a_key_does_not_stand_in_for_a_log_in(world: World, client: Client) -> None:
    mira = await world.person()
    await created(mira.post("/companies", COMPANY, **key("one")))
    problem(await client.post("/api/v1/companies", json=COMPANY, **key("one")), 401, "not_authenticated")


async def test_a_key_is_forgotten_after_its_hours_and_may_be_used_again(
    world: World, database: Database, settings: Settings
) -> None:
    mira = await world.person()
    old, young = [await created(mira.post("/companies", COMPANY, **key(name))) for name in ("old", "young")]
    age = text(
        "UPDATE idempotency_records SET created_at = now() - interval '1 hour' * :hours"
        " + interval '1 minute' * :minutes WHERE key = :key"
    )
    async with database.transaction() as session:
        hours = settings.idempotency_hours
        await session.execute(age, {"key": "old", "hours": hours, "minutes": -1})
        await session.execute(age, {"key": "young", "hours": hours, "minutes": 1})
        assert await idempotency.forget(session, hours=hours) == 1
    assert (await created(mira.post("/companies", COMPANY, **key("young")))) == young
    assert (await created(mira.post("/companies", COMPANY, **key("old"))))["id"] != old["id"]


class Probe:
    """A route that takes until it is let go, counts how often it ran, and ends as it is told."""

    def __init__(self) -> None:
        self.router = probe_router()
        self.runs = 0
        self.is_running, self.let_go = asyncio.Event(), asyncio.Event()
        self.ends_with: Exception | None = None
        self.router.post("/slow", status_code=201, dependencies=[Idempotent])(self.run)

    async def run(self) -> Any:
        self.runs += 1
        self.is_running.set()
        await self.let_go.wait()
        if self.ends_with:
            raise self.ends_with
        return Response(b"%d" % self.runs, status_code=201, media_type="text/plain")


@pytest.fixture
async def slow(committed: Database, committed_settings: Settings):
    probe = Probe()
    async with probe_client(committed_settings, committed, probe.router) as client:
        yield probe, client


async def test_while_the_first_request_runs_a_second_is_told_so(slow) -> None:
    probe, client = slow
    headers = speaking_as(1, Idempotency_Key="one")
    first = asyncio.create_task(client.post("/slow", headers=headers))
    await probe.is_running.wait()
    problem(await client.post("/slow", headers=headers), 409, "request_in_flight")
    probe.let_go.set()
    other_user = await client.post("/slow", headers=speaking_as(2, Idempotency_Key="one"))
    assert other_user.status_code == 201
    assert (await first).status_code == 201
    again = await client.post("/slow", headers=headers)
    assert (again.text, again.headers[REPLAYED_HEADER]) == ((await first).text, "true")
    assert again.headers["content-type"].startswith("text/plain")
    assert probe.runs == 2


@pytest.mark.parametrize("failure", [RuntimeError(), UnavailableError()], ids=["500", "503"])
async def test_a_failure_of_ours_is_not_remembered(slow, failure: Exception) -> None:
    probe, client = slow
    probe.let_go.set()
    probe.ends_with = failure
    headers = speaking_as(1, Idempotency_Key="one")
    assert (await client.post("/slow", headers=headers)).status_code >= 500
    probe.ends_with = None
    assert (await client.post("/slow", headers=headers)).status_code == 201
    assert probe.runs == 2


async def test_a_refusal_is_remembered_though_its_transaction_is_rolled_back(slow, count: Count) -> None:
    probe, client = slow
    probe.let_go.set()
    probe.ends_with = ConflictError()
    headers = speaking_as(1, Idempotency_Key="one")
    for _ in range(2):
        problem(await client.post("/slow", headers=headers), 409, "conflict")
    assert probe.runs == 1
    assert await count("idempotency_records") == 1


async def test_of_parallel_requests_with_one_key_one_acts(committed_world: World, count: Count) -> None:
    mira = await committed_world.person()
    answers = await asyncio.gather(*(mira.post("/companies", COMPANY, **key("one")) for _ in range(20)))
    assert await count("companies") == 1
    for answer in answers:
        if answer.status_code != 201:
            problem(answer, 409, "request_in_flight")
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1


async def test_a_crash_between_the_commit_and_the_answer_leaves_one_booking(
    committed_world: World, shared_app: FastAPI, count: Count
) -> None:
    studio = await committed_world.studio()
    mira = await committed_world.person()

    async def dies_before_the_answer(scope: Any, receive: Any, send: Any) -> None:
        async def send_nothing(message: Any) -> None:
            raise ConnectionAbortedError

        await shared_app(scope, receive, send_nothing)

    async with client_of(dies_before_the_answer) as dying:
        mira.client = dying
        with pytest.raises(ConnectionAbortedError):
            await mira.post("/bookings", wish(studio), **key("one"))
    assert await count("bookings") == 1
    mira.client = committed_world.client
    booking = await mira.post("/bookings", wish(studio), **key("one"))
    assert booking.status_code == 201
    assert booking.headers[REPLAYED_HEADER] == "true"
    assert await count("bookings") == 1
    assert (await mira.get(f"/bookings/{booking.json()['id']}")).json()["status"] == "pending"
