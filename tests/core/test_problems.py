"""Whatever comes in, what goes out is a problem document that gives nothing away."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

import httpx
import pytest
import structlog
from fastapi import Query
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from src.calendars.exceptions import SlotTakenError
from src.core.config import Settings
from src.core.database import Database, SessionDep, driver
from src.core.errors import ForbiddenError, errors
from tests.core.probe import Client, probe_client, probe_router
from tests.factories.world import problem

REGISTER, QUOTE = "/api/v1/auth/register", "/api/v1/bookings/quote"
REGISTRATION = {
    "email": "mira@example.com",
    "password": "four brass rooms",
    "firstname": "Mira",
    "lastname": "Okafor",
}
SECRET = "7e57-secret-of-the-caller"
LEAKS = re.compile(
    r"Traceback|File \"|site-packages|\.py|SELECT |INSERT |UPDATE |asyncpg|sqlalchemy|pydantic|probe_rows",
    re.IGNORECASE,
)


def says_nothing_more(response: httpx.Response, *secrets: str) -> dict[str, Any]:
    """Asserts what holds for every problem document; returns it."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    document: dict[str, Any] = response.json()
    assert document["status"] == response.status_code
    assert document["code"] == document["type"].removeprefix("urn:downbeat:problem:")
    assert document["title"]
    assert document["detail"]
    assert document["request_id"] == response.headers["X-Request-ID"]
    assert not LEAKS.search(response.text), response.text
    for secret in (SECRET, *secrets):
        assert secret not in response.text
    return document


async def send(client: Client, path: str, content: bytes | str, **headers: str) -> httpx.Response:
    content_type = {"Content-Type": headers.pop("content_type", "application/json")}
    return await client.post(path, content=content, headers=content_type | headers)


async def test_fields_that_are_not_valid_are_named_with_a_reason_and_not_repeated(client: Client) -> None:
    body = REGISTRATION | {"email": SECRET, "firstname": "", "role": "admin"}
    document = says_nothing_more(await client.post(REGISTER, json=body), "four brass rooms")
    assert document["code"] == "validation_failed"
    assert document["status"] == 422
    fields = {item["field"]: item for item in document["errors"]}
    assert set(fields) == {"body.email", "body.firstname", "body.role"}
    assert fields["body.role"]["code"] == "extra_forbidden"
    assert all(set(item) == {"field", "message", "code"} for item in fields.values())


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'{"email": "7e57-secret-of-the-caller', "malformed_json"),
        (b"7e57-secret-of-the-caller", "malformed_json"),
        (b"{'email': 1}", "malformed_json"),
        (b"\x00", "malformed_json"),
        (b"", "validation_failed"),
        (b"null", "validation_failed"),
        (b"[]", "validation_failed"),
        (b'"7e57-secret-of-the-caller"', "validation_failed"),
        (b"\xff\xfe\xfd", None),
        (b'{"email": "\xff"}', None),
        (b"[" * 200_000, None),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, None),
        (b'{"email": ' + b"9" * 100_000 + b"}", None),
        (b'{"email": 1e999999999}', "validation_failed"),
    ],
    ids=[
        "cut off", "no json", "single quotes", "nul", "empty", "null", "list", "string", "no utf-8",
        "no utf-8 inside", "deep list", "deep object", "digits", "exponent",
    ],
)  # fmt: skip
async def test_a_body_that_cannot_be_read_is_a_problem_of_the_caller(
    client: Client, content: bytes, code: str | None
) -> None:
    answer = await send(client, REGISTER, content)
    document = says_nothing_more(answer)
    assert answer.status_code in {400, 422}
    assert code is None or document["code"] == code


@pytest.mark.parametrize("value", ["Mi\x00ra", "\x00", "Mi\x07ra", "\ud800", "a\udfffb"])
@pytest.mark.parametrize("field", ["firstname", "password", "email"])
async def test_text_that_cannot_be_stored_is_refused(client: Client, field: str, value: str) -> None:
    answer = await send(client, REGISTER, json.dumps(REGISTRATION | {field: value}))
    document = says_nothing_more(answer)
    assert document["code"] == "validation_failed"
    assert [item["field"] for item in document["errors"]] == [f"body.{field}"]


@pytest.mark.parametrize(
    "value",
    ["NaN", "Infinity", "-Infinity", "1e400", "-1", "0", "1.5", "9223372036854775808", "1" + "0" * 400, "true", "{}"],
)  # fmt: skip
async def test_numbers_that_are_no_ids_are_refused(client: Client, value: str) -> None:
    content = '{"room_id": %s, "starts_at": "2027-03-01T18:00:00", "ends_at": "2027-03-01T19:00:00"}' % value  # noqa: UP031
    document = says_nothing_more(await send(client, QUOTE, content))
    assert document["code"] == "validation_failed"
    assert document["errors"][0]["field"] == "body.room_id"


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e999", "91", '"x"'])
async def test_coordinates_are_numbers_on_earth(client: Client, world, value: str) -> None:
    owner = await world.person()
    content = '{"company_id": 1, "name": "A", "street": "B", "city_id": 1, "lat": %s, "lng": 0}' % value  # noqa: UP031
    answer = await send(client, "/api/v1/addresses", content, **owner.headers)
    document = says_nothing_more(answer)
    assert [item["field"] for item in document["errors"]] == ["body.lat"]


@pytest.mark.parametrize(
    "starts_at", ["0001-01-01T00:00:00", "9999-12-31T23:59:59", "1e400", "10000000000000000"]
)
async def test_instants_at_the_ends_of_the_calendar_are_refused(client: Client, starts_at: str) -> None:
    body = {"room_id": 1, "starts_at": starts_at, "ends_at": "2027-03-01T19:00:00"}
    document = says_nothing_more(await client.post(QUOTE, json=body))
    assert document["code"] == "validation_failed"


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/rooms/9223372036854775808",
        "/api/v1/rooms/0",
        "/api/v1/rooms/NaN",
        "/api/v1/rooms?size=101",
        "/api/v1/rooms?page=99999999999999999999",
        "/api/v1/rooms?city_id=%00",
        "/api/v1/companies/%00",
        "/api/v1/companies/9999999999999999999",
    ],
)
async def test_addresses_hold_only_what_can_be_looked_for(client: Client, path: str) -> None:
    document = says_nothing_more(await client.get(path))
    assert document["status"] in {404, 422}


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/xml", "multipart/form-data", "application/json; charset=x"]
)
async def test_a_body_of_another_content_type_is_a_problem_of_the_caller(
    client: Client, content_type: str
) -> None:
    answer = await send(
        client, REGISTER, b"<email>7e57-secret-of-the-caller</email>", content_type=content_type
    )
    assert says_nothing_more(answer)["status"] in {400, 415, 422}


@pytest.mark.parametrize(
    "path", ["/", "/api", "/api/v1", "/api/v1/nothing", "/api/v2/rooms", "/favicon.ico", "/media/x"]
)
async def test_what_is_not_there_is_not_found(client: Client, path: str) -> None:
    answer = await client.get(path)
    assert says_nothing_more(answer)["code"] == "not_found"


async def test_a_method_that_an_address_does_not_know_is_told_with_those_it_knows(client: Client) -> None:
    answer = await client.delete("/api/v1/auth/login")
    assert says_nothing_more(answer)["code"] == "method_not_allowed"
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/api/v1/bookings", "GET, POST"),
        ("/api/v1/companies/7", "DELETE, GET, PATCH"),
        # A literal path is nobody's id.
        ("/api/v1/bookings/swap", "POST"),
        ("/api/v1/companies/mine", "GET"),
        ("/api/v1/companies/7/team/invitations", "GET, POST"),
    ],
)
async def test_the_methods_told_are_those_of_the_path_whatever_it_resembles(
    client: Client, path: str, methods: str
) -> None:
    answer = await client.request("OPTIONS", path)
    assert (answer.status_code, answer.headers["Allow"]) == (405, methods)


async def test_a_body_that_is_not_even_text_is_no_json(client: Client) -> None:
    answer = await client.post(
        "/api/v1/auth/login", content=b"\xff\xfe", headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 400
    assert says_nothing_more(answer)["code"] == "malformed_json"


@pytest.mark.parametrize("sent_as", ["chunks", "a whole"])
async def test_a_body_over_the_limit_is_refused(client: Client, settings: Settings, sent_as: str) -> None:
    piece = b" " * 65_536
    pieces = settings.max_body_bytes // len(piece) + 1
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(100 * pieces):
            read += len(piece)
            yield piece

    answer = await client.post(
        REGISTER,
        content=endless() if sent_as == "chunks" else piece * pieces,
        headers={"Content-Type": "application/json"},
    )
    assert says_nothing_more(answer)["code"] == "content_too_large"
    assert answer.status_code == 413
    assert read <= settings.max_body_bytes + 2 * len(piece)


async def test_a_body_at_the_limit_is_read(client: Client, settings: Settings) -> None:
    body = json.dumps(REGISTRATION | {"firstname": ""}).encode()
    answer = await send(client, REGISTER, body + b" " * (settings.max_body_bytes - len(body)))
    assert says_nothing_more(answer)["code"] == "validation_failed"


@pytest.fixture
def logs(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Loggers remember their configuration at first use; this one has none to remember."""
    for module in ("src.core.middleware", "src.core.http"):
        monkeypatch.setattr(f"{module}.log", structlog.get_logger())
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as entries:
        yield entries


class TeapotError(ForbiddenError):
    code = "teapot"
    detail = "Short and stout."


TAKE_TWICE = """
WITH room AS (INSERT INTO resources (kind) VALUES ('room') RETURNING id)
INSERT INTO occupancies (resource_id, claim_id, kind, starts_at, ends_at)
SELECT id, claim, 'booking', now(), now() + interval '1 hour' FROM room, generate_series(1, 2) AS claim
"""


router = probe_router()


@router.get("/unexpected")
async def fail() -> None:
    raise RuntimeError(f"SELECT {SECRET} FROM probe_rows")


@router.get("/typed")
async def refuse() -> None:
    raise TeapotError("For you.", spout="left")


async def execute(session: AsyncSession, by: str, statement: str, *values: object) -> None:
    """The same statement on either way to the database."""
    if by == "driver":
        await (await driver(session)).execute(statement, *values)
    else:
        names = {f"value{number}": value for number, value in enumerate(values, 1)}
        await session.execute(text(statement.replace("$", ":value")), names)


@router.get("/unmapped/{by}")
async def violate_primary_key(session: SessionDep, by: str) -> None:
    await execute(session, by, f"INSERT INTO probe_rows SELECT 1, 1, '{SECRET}' FROM generate_series(1, 2)")


@router.get("/mapped/{by}")
async def violate_exclusion(session: SessionDep, by: str) -> None:
    await execute(session, by, TAKE_TWICE)


@router.get("/text/{by}")
async def store_text(session: SessionDep, by: str, value: Annotated[str, Query()]) -> None:
    await execute(session, by, "INSERT INTO probe_rows (id, note) VALUES (1, $1)", value)


@router.get("/number/{by}")
async def store_number(session: SessionDep, by: str, value: Annotated[int, Query()]) -> None:
    await execute(session, by, "INSERT INTO probe_rows (id) VALUES ($1)", value)


@router.get("/wrong-sql/{by}")
async def wrong_sql(session: SessionDep, by: str) -> None:
    await execute(session, by, f"SELECT nothing FROM probe_rows -- {SECRET}")


@pytest.fixture
async def probe(committed: Database, committed_settings: Settings):
    async with probe_client(committed_settings, committed, router) as client:
        yield client


by_each = pytest.mark.parametrize("by", ["driver", "session"])


async def test_what_nobody_foresaw_is_an_internal_error_and_is_logged(probe: Client, logs: list[Any]) -> None:
    answer = await probe.get("/unexpected", headers={"X-Request-ID": "trace-me"})
    document = says_nothing_more(answer)
    assert (document["status"], document["code"]) == (500, "internal_error")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    logged = next(entry for entry in logs if entry["event"] == "unexpected_error")
    assert logged["log_level"] == "error"
    assert logged["path"] == "/unexpected"
    assert logged["exc_info"]
    assert logged["request_id"] == "trace-me"


@by_each
async def test_statements_that_are_wrong_are_an_internal_error(probe: Client, by: str) -> None:
    assert says_nothing_more(await probe.get(f"/wrong-sql/{by}"))["code"] == "internal_error"


async def test_a_typed_error_says_its_code_its_words_and_its_members(probe: Client) -> None:
    document = says_nothing_more(await probe.get("/typed"))
    assert (document["status"], document["code"], document["title"]) == (403, "teapot", "Forbidden")
    assert (document["detail"], document["spout"]) == ("For you.", "left")


@by_each
async def test_a_broken_constraint_without_an_error_of_its_own_is_a_conflict(
    probe: Client, logs: list[Any], by: str
) -> None:
    answer = await probe.get(f"/unmapped/{by}")
    assert says_nothing_more(answer)["code"] == "conflict"
    assert answer.status_code == 409
    assert [(entry["event"], entry["constraint"]) for entry in logs] == [
        ("constraint_without_error", "probe_rows_pkey")
    ]


@by_each
async def test_a_broken_constraint_is_the_error_that_names_it(probe: Client, by: str) -> None:
    answer = await probe.get(f"/mapped/{by}")
    problem(answer, 409, "slot_taken")
    assert says_nothing_more(answer)["detail"] == SlotTakenError.detail


@by_each
@pytest.mark.parametrize(
    "query",
    [{"value": "a\x00b"}, {"value": str(2**63)}, {"value": "9" * 400}],
    ids=["nul", "2^63", "400 digits"],
)
async def test_values_that_the_database_cannot_hold_are_invalid(
    probe: Client, by: str, query: dict[str, str]
) -> None:
    kind = "text" if "\x00" in query["value"] else "number"
    answer = await probe.get(f"/{kind}/{by}", params=query)
    assert says_nothing_more(answer)["code"] == "invalid"
    assert answer.status_code == 422


@pytest.mark.parametrize("request_id", ["abc", "5f0c9d1e-1b2a.c_D", "x" * 64])
async def test_a_request_keeps_the_id_that_it_came_with(client: Client, request_id: str) -> None:
    answer = await client.get("/api/v1/nothing", headers={"X-Request-ID": request_id})
    assert answer.headers["X-Request-ID"] == answer.json()["request_id"] == request_id


@pytest.mark.parametrize("request_id", ["", "x" * 65, "a b", "a\tb", "<b>", "a;b", "ü"])
async def test_a_request_without_a_usable_id_gets_one(client: Client, request_id: str) -> None:
    headers = {"X-Request-ID": request_id.encode()}
    answers = [await client.get("/health", headers=headers) for _ in range(2)]  # type: ignore[arg-type]
    ids = {answer.headers["X-Request-ID"] for answer in answers}
    assert len(ids) == 2
    assert all(re.fullmatch("[0-9a-f]{32}", made_up) for made_up in ids)


@pytest.mark.parametrize("path", ["/health", "/api/v1/rooms", "/api/v1/nothing", "/docs"])
async def test_every_answer_carries_the_security_headers(client: Client, path: str) -> None:
    headers = (await client.get(path)).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


def test_declared_errors_share_the_entry_of_their_status() -> None:
    declared = errors(TeapotError, ForbiddenError, SlotTakenError)
    assert set(declared) == {403, 409}
    examples = declared[403]["content"]["application/problem+json"]["examples"]
    assert set(examples) == {"teapot", "forbidden"}
    assert examples["teapot"]["value"]["type"] == "urn:downbeat:problem:teapot"
