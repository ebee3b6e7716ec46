from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import asyncpg
import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.connection import Borrowed
from bench.rows.bookings.statements import CLAIM, INSERT, OFFER, OUTBOX, PRINCIPAL
from src.bookings.events import BookingHeld

HOLD = timedelta(minutes=30)
HOUR_MINUTES = 60
MOST_HOLDS = 1_000_000  # the product's limit of the bench
POLICY = (
    b'[{"hours_before":72,"refund_percent":100,"within_minutes":null},'
    b'{"hours_before":24,"refund_percent":50,"within_minutes":null},'
    b'{"hours_before":48,"refund_percent":100,"within_minutes":60}]'
)


async def create_booking(request: Request) -> Response:
    token = request.headers["authorization"].removeprefix("Bearer ")
    claims = request.app.state.tokens.read(token, now=datetime.now(UTC))
    wish = orjson.loads(await request.body())
    with Borrowed(request) as connection:
        if await connection.fetchrow(PRINCIPAL, claims.session_id, claims.user_id) is None:
            return Response(status_code=401)
        async with connection.transaction():
            body = await _book(connection, claims.user_id, wish)
    return Response(body, status_code=201 if body else 409, media_type="application/json")


async def _book(connection: asyncpg.Connection, customer_id: int, wish: dict[str, str]) -> bytes:
    offer = await connection.fetchrow(OFFER, wish["room_id"])
    zone = ZoneInfo(offer["timezone"])
    starts_at = datetime.fromisoformat(wish["starts_at"]).replace(tzinfo=zone)
    ends_at = datetime.fromisoformat(wish["ends_at"]).replace(tzinfo=zone)
    claim = await connection.fetchrow(CLAIM, offer["resource_ids"], [starts_at], [ends_at], "booking", HOLD)
    if claim["claim"] is None:
        return b""
    items, total = _bill(offer, starts_at, ends_at)
    rate, fee_rate = offer["tax_rate_bp"], offer["platform_fee_bp"]
    tax = round(total * rate / (10_000 + rate))
    fee = round((total - tax) * fee_rate / 10_000)
    made = await connection.fetchrow(
        INSERT,
        *(customer_id, offer["room_id"], offer["address_id"], offer["company_id"], claim["claim"]),
        *(starts_at, ends_at, claim["hold_expires_at"], offer["currency"], total),
        *(items.decode(), POLICY.decode(), tax, fee, offer["revision"]),
        *("pending", MOST_HOLDS, MOST_HOLDS, None, offer["address_revision"], offer["company_revision"]),
    )
    await connection.execute(OUTBOX, BookingHeld.name, f'{{"booking_id":{made["id"]}}}')
    return _answer(offer, claim, made, customer_id, starts_at, ends_at, items, total, tax)


def _bill(offer: asyncpg.Record, starts_at: datetime, ends_at: datetime) -> tuple[bytes, int]:
    hours = int((ends_at - starts_at).total_seconds() // (60 * HOUR_MINUTES))
    amount = next(amount for minutes, amount in orjson.loads(offer["tiers"]) if minutes == HOUR_MINUTES)
    line = b'[{"kind":"room","description":"%s, 1 h","quantity":%d,"unit_amount":%d,"amount":%d}]'
    return line % (offer["room_name"].encode(), hours, amount, hours * amount), hours * amount


def _answer(
    offer: asyncpg.Record,
    claim: asyncpg.Record,
    made: asyncpg.Record,
    customer_id: int,
    starts_at: datetime,
    ends_at: datetime,
    items: bytes,
    total: int,
    tax: int,
) -> bytes:
    currency = offer["currency"].encode()
    return (
        b'{"id":%d,"reference":"%08X","status":"pending","version":1,"room_id":%d,"room_name":"%s","address_id":%d,'
        b'"address_name":"%s","company_id":%d,"customer_id":%d,"guest":null,'
        b'"event_id":null,"seats":null,"series_id":null,"timezone":"%s","starts_at":"%s","ends_at":"%s",'
        b'"expires_at":"%s","items":%s,"total":{"amount":%d,"currency":"%s"},"tax":{"amount":%d,"currency":"%s"},'
        b'"paid":{"amount":0,"currency":"%s"},"refund":{"amount":0,"currency":"%s"},'
        b'"returned":{"amount":0,"currency":"%s"},"cancellation_policy":%s,"created_at":"%s"}'
        % (
            *(made["id"], made["id"], offer["room_id"], offer["room_name"].encode(), offer["address_id"]),
            *(made["address_name"].encode(), offer["company_id"], customer_id, offer["timezone"].encode()),
            *(starts_at.isoformat().encode(), ends_at.isoformat().encode()),
            *(claim["hold_expires_at"].isoformat().encode(), items, total, currency, tax),
            *(currency, currency, currency, currency),
            *(POLICY, made["created_at"].isoformat().encode()),
        )
    )


ROUTES = [Route("/api/v1/bookings", create_booking, methods=["POST"])]
