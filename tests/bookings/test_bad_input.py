"""Every bad input of a booking answers a problem document with its own code, and takes no time."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import text

from src.auth.access_tokens import AccessTokens
from src.core.clock import utc_now
from tests.factories.world import World, created, problem, wish

BOTH = pytest.mark.parametrize("path", ["/bookings", "/bookings/quote"])


@pytest.fixture
async def studio(world):
    return await world.studio(min_minutes=120, max_minutes=240)


@pytest.fixture
async def customer(world):
    return await world.person()


@pytest.fixture(autouse=True)
async def nothing_is_taken(database):
    yield
    async with database.transaction() as session:
        assert await session.scalar(text("SELECT count(*) FROM bookings")) == 0
        assert await session.scalar(text("SELECT count(*) FROM occupancies")) == 0


def shifted(body, **minutes):
    moved = {
        field: (datetime.fromisoformat(body[field]) + timedelta(minutes=by)).isoformat()
        for field, by in minutes.items()
    }
    return body | moved


@BOTH
@pytest.mark.parametrize(
    ("times", "code"),
    [
        ({"hours": -2}, "ends_before_start"),
        ({"hours": 0}, "ends_before_start"),
        ({"hours": 1}, "too_short"),
        ({"hours": 5}, "too_long"),
        ({"hours": 24 * 365 * 100}, "too_long"),
        ({"hour": 8}, "outside_opening_hours"),
        ({"hour": 21}, "outside_opening_hours"),
        ({"hour": 23}, "outside_opening_hours"),
        ({"days_ahead": -1}, "in_the_past"),
        ({"days_ahead": -5000}, "in_the_past"),
        ({"days_ahead": 366}, "beyond_horizon"),
        ({"days_ahead": 50_000}, "beyond_horizon"),
    ],
    ids=str,
)
async def test_a_time_that_breaks_a_rule_has_its_code(studio, customer, path, times, code):
    problem(await customer.post(path, wish(studio, **times)), 422, code)


@BOTH
@pytest.mark.parametrize(
    "minutes",
    [
        {"starts_at": 30, "ends_at": 30},
        {"ends_at": 30},
        {"starts_at": 1 / 60, "ends_at": 1 / 60},
        {"starts_at": 1e-4, "ends_at": 1e-4},
    ],
    ids=str,
)
async def test_a_time_off_the_slot_grid_has_its_code(studio, customer, path, minutes):
    answer = await customer.post(path, shifted(wish(studio), **minutes))
    assert problem(answer, 422, "off_slot_grid")["slot_minutes"] == 60


async def test_a_refusal_says_what_the_rule_is(studio, customer):
    too_short = await customer.post("/bookings", wish(studio, hours=1))
    assert problem(too_short, 422, "too_short")["min_minutes"] == 120
    too_long = await customer.post("/bookings", wish(studio, hours=5))
    assert problem(too_long, 422, "too_long")["max_minutes"] == 240
    too_far = await customer.post("/bookings", wish(studio, days_ahead=366))
    assert problem(too_far, 422, "beyond_horizon")["horizon_days"] == 365


@BOTH
async def test_too_little_notice_has_its_code(world, customer, path):
    studio = await world.studio(notice_minutes=3 * 1440)
    answer = await customer.post(path, wish(studio, days_ahead=1))
    assert problem(answer, 422, "too_little_notice")["notice_minutes"] == 3 * 1440


@BOTH
async def test_an_unknown_room_is_not_found(studio, customer, path):
    problem(await customer.post(path, wish(studio) | {"room_id": 999_999_999}), 404, "room_not_found")
    problem(await customer.post(path, wish(studio) | {"room_id": 2**53 - 1}), 404, "room_not_found")


@BOTH
async def test_a_room_of_an_unpublished_studio_is_not_found(world, customer, path):
    draft = await world.studio(is_published=False)
    problem(await customer.post(path, wish(draft)), 404, "room_not_found")
    problem(await draft.owner.post(path, wish(draft)), 404, "room_not_found")


@BOTH
async def test_a_room_that_has_lost_its_price_can_not_be_booked(world, studio, customer, path):
    await world.room(studio)
    await studio.owner.put(f"/rooms/{studio.room_id}/prices", {"prices": []})
    problem(await customer.post(path, wish(studio)), 422, "room_not_priced")


@BOTH
@pytest.mark.parametrize(
    "changes",
    [
        {"room_id": 0},
        {"room_id": -1},
        {"room_id": 2**53},
        {"room_id": 10**400},
        {"room_id": "1"},
        {"room_id": 1.5},
        {"room_id": True},
        {"room_id": None},
        {"starts_at": "0001-01-01T10:00:00"},
        {"starts_at": "1999-12-31T10:00:00"},
        {"ends_at": "2201-01-01T10:00:00"},
        {"ends_at": "9999-12-31T23:59:59"},
        {"starts_at": "9999-12-31T23:59:59-12:00", "ends_at": "9999-12-31T23:59:59-12:00"},
        {"starts_at": "0001-01-01T00:00:00+14:00"},
        {"starts_at": "12027-03-01T10:00:00"},
        {"starts_at": "2027-02-29T10:00:00"},
        {"starts_at": "2027-03-01T25:00:00"},
        {"starts_at": "tomorrow"},
        {"starts_at": "2027-03-01T10:00:00\0"},
        {"starts_at": "\0"},
        {"starts_at": 10**30},
        {"starts_at": -(10**30)},
        {"starts_at": ["2027-03-01T10:00:00"]},
        {"starts_at": None},
        {"price": 1},
        {"total": {"amount": 1, "currency": "GBP"}},
        {"status": "confirmed"},
        {"customer_id": 1},
        {"expires_at": "2200-01-01T00:00:00Z"},
    ],
    ids=lambda changes: ascii(changes)[:60],
)
async def test_a_field_that_is_not_valid_is_named(customer, path, changes):
    body = {"room_id": 1, "starts_at": "2027-03-01T10:00:00", "ends_at": "2027-03-01T12:00:00"}
    answer = problem(await customer.post(path, body | changes), 422, "validation_failed")
    assert answer["errors"][0]["field"] == f"body.{next(iter(changes))}"


@BOTH
@pytest.mark.parametrize("year", [2000, 2200])
async def test_the_first_and_the_last_year_are_judged_by_the_rules(studio, customer, path, year):
    body = wish(studio) | {"starts_at": f"{year}-01-01T00:00:00", "ends_at": f"{year}-01-01T02:00:00"}
    problem(await customer.post(path, body), 422, "in_the_past" if year == 2000 else "beyond_horizon")
    body = wish(studio) | {
        "starts_at": f"{year}-12-31T23:00:00-12:00",
        "ends_at": f"{year}-12-31T23:59:59-12:00",
    }
    assert (await customer.post(path, body)).status_code == 422


@BOTH
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "malformed_json"),
        (b"", 422, "validation_failed"),
        (b"null", 422, "validation_failed"),
        (b"[]", 422, "validation_failed"),
        (b'"room"', 422, "validation_failed"),
        (b'{"room_id": 1, "starts_at": "\x00"}', 400, "malformed_json"),
        (b'{"room_id": 1e400}', 422, "validation_failed"),
        (b'{"room_id": NaN}', 422, "validation_failed"),
        (b'{"room_id": -Infinity}', 422, "validation_failed"),
        (b'{"starts_at": "\\ud800"}', 422, "validation_failed"),
        (b'{"room_id": ' + b"9" * 5000 + b"}", 400, "malformed_json"),
        (b"\xff\xfe{}", 400, "malformed_json"),
        (b"[" * 100_000, 400, "malformed_json"),
    ],
    ids=lambda value: ascii(value)[:40],
)
async def test_a_body_that_is_no_wish_is_refused(customer, path, body, status, code):
    problem(await raw(customer, path, body), status, code)


async def test_a_refusal_never_repeats_what_was_sent(customer):
    answer = await customer.post("/bookings", {"room_id": "a secret", "starts_at": "another"})
    assert problem(answer, 422, "validation_failed")
    assert "secret" not in answer.text
    assert "another" not in answer.text


async def raw(person, path, body: bytes) -> httpx.Response:
    headers = person.headers | {"Content-Type": "application/json"}
    answer: httpx.Response = await person.client.post(f"/api/v1{path}", content=body, headers=headers)
    return answer


async def test_who_is_not_logged_in_is_told_so(world, studio):
    answer = await world.client.post("/api/v1/bookings", json=wish(studio))
    problem(answer, 401, "not_authenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("token", ["x", "a.b.c", "", "null", "0" * 5000])
async def test_a_wrong_token_is_refused(world, studio, token):
    headers = {"Authorization": f"Bearer {token}"}
    answer = await world.client.post("/api/v1/bookings", json=wish(studio), headers=headers)
    assert problem(answer, 401, answer.json()["code"])["code"] in {"invalid_token", "not_authenticated"}


async def test_a_token_of_another_secret_is_refused(world: World, studio, customer):
    forger = AccessTokens(
        secret="another secret of thirty-two bytes",
        issuer=world.settings.public_url,
        lifetime=timedelta(minutes=15),
    )
    headers = {"Authorization": f"Bearer {forger.issue(user_id=customer.id, session_id=1, now=utc_now())}"}
    answer = await world.client.post("/api/v1/bookings", json=wish(studio), headers=headers)
    problem(answer, 401, "invalid_token")


async def test_an_expired_token_is_refused(world: World, studio, customer):
    issued = datetime.now(UTC) - timedelta(minutes=world.settings.access_token_minutes, seconds=30)
    token = AccessTokens.of(world.settings).issue(user_id=customer.id, session_id=1, now=issued)
    headers = {"Authorization": f"Bearer {token}"}
    answer = await world.client.post("/api/v1/bookings", json=wish(studio), headers=headers)
    problem(answer, 401, "token_expired")


async def test_whoever_is_not_logged_in_may_ask_for_the_price_but_not_book(world, studio):
    assert (await world.client.post("/api/v1/bookings/quote", json=wish(studio))).status_code == 200
    problem(await world.client.post("/api/v1/bookings", json=wish(studio)), 401, "not_authenticated")


@pytest.mark.parametrize("booking_id", ["0", "-1", "x", str(2**53), "%00", "K7Q2-M4XD"])
async def test_what_is_no_id_of_a_booking_is_refused(customer, booking_id):
    problem(await customer.get(f"/bookings/{booking_id}"), 422, "validation_failed")
    problem(await customer.post(f"/bookings/{booking_id}/cancel"), 422, "validation_failed")


@pytest.mark.parametrize("body", [{"reason": "a\0b"}, {"reason": "x" * 201}, {"reason": None}, {"refund": 1}])
async def test_a_bad_reason_is_refused(customer, body):
    problem(await customer.post("/bookings/1/cancel", body), 422, "validation_failed")


async def test_a_full_minute_of_everything_right_is_a_booking(world, customer, database):
    """The example of this file breaks no rule but where a test says so."""
    studio = await world.studio(min_minutes=120, max_minutes=240)
    answer = await customer.post("/bookings/quote", wish(studio))
    assert answer.status_code == 200, answer.text
    booking = await created(customer.post("/bookings", wish(studio)))
    async with database.transaction() as session:
        await session.execute(text("DELETE FROM bookings WHERE id = :id"), {"id": booking["id"]})
        await session.execute(text("DELETE FROM occupancies"))
