"""Idempotency-Key: a repeated request acts once and gets the first answer again.

The answer is stored in the transaction that did the work, so a process that dies after the commit has also
remembered what it was about to say. Refusals (4xx) are stored after their rollback. After Stripe's API and the
IETF draft "The Idempotency-Key HTTP Header Field".
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

import asyncpg
from fastapi import Depends, Header, Request, Response
from pydantic import WithJsonSchema
from sqlalchemy import LargeBinary, SmallInteger, String, delete, func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from src.core.database import Database, FastTransactionDep, SessionDep, Transaction, driver
from src.core.errors import BadRequestError, ConflictError, InvalidError, ProblemError
from src.core.identity import Principal, PrincipalDep
from src.core.models import Base

LONGEST_KEY = 255
REPLAYED_HEADER = "Idempotency-Replayed"


class IdempotencyKeyTooLongError(BadRequestError):
    code = "idempotency_key_too_long"
    detail = "An Idempotency-Key has 1 to 255 characters."


class IdempotencyKeyReusedError(InvalidError):
    code = "idempotency_key_reused"
    detail = "This Idempotency-Key was used for another request."


class RequestInFlightError(ConflictError):
    code = "request_in_flight"
    detail = "A request with this Idempotency-Key is still being worked on."


class IdempotencyRecord(Base):
    """The first answer to a request, kept for `IDEMPOTENCY_HOURS`."""

    __tablename__ = "idempotency_records"

    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(LONGEST_KEY), primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int] = mapped_column(SmallInteger)
    media_type: Mapped[str] = mapped_column(String(100))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)


# The name of the primary key: two requests that both found nothing meet here, and the loser is replayed.
RECORD_CONSTRAINT = "pk_idempotency_records"


class ReplayError(Exception):
    """Not a failure: carries the stored answer past the endpoint."""

    def __init__(self, record: asyncpg.Record) -> None:
        self.response = Response(
            content=record["body"],
            status_code=record["status"],
            media_type=record["media_type"],
            headers={REPLAYED_HEADER: "true"},
        )
        super().__init__()


@dataclass(frozen=True, slots=True)
class PendingKey:
    user_id: int
    key: str
    fingerprint: bytes


_Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Any unique text of yours (a UUID). The same request sent again acts once.",
    ),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": LONGEST_KEY}),
]


async def _in_session(
    request: Request, session: SessionDep, principal: PrincipalDep, key: _Key = None
) -> None:
    await _claim_key(request, session, principal, key)


async def _in_fast_transaction(
    request: Request, transaction: FastTransactionDep, principal: PrincipalDep, key: _Key = None
) -> None:
    await _claim_key(request, transaction, principal, key)


# For `dependencies=[…]` of a route that creates something or moves money or time: whichever transaction it uses.
Idempotent = Depends(_in_session)
FastIdempotent = Depends(_in_fast_transaction)


async def _claim_key(
    request: Request, transaction: Transaction, principal: Principal, idempotency_key: str | None
) -> None:
    if idempotency_key is None:
        return
    if not 1 <= len(idempotency_key) <= LONGEST_KEY:
        raise IdempotencyKeyTooLongError
    pending = PendingKey(principal.user_id, idempotency_key, await _fingerprint(request))
    record = await _find_record(transaction, pending)
    if record is not None:
        if record["fingerprint"] != pending.fingerprint:
            raise IdempotencyKeyReusedError
        raise ReplayError(record)
    request.state.idempotency = pending


async def _fingerprint(request: Request) -> bytes:
    digest = hashlib.sha256(f"{request.method} {request.url.path}?{request.url.query}\n".encode())
    digest.update(await request.body())
    return digest.digest()


_FIND = """
SELECT pg_try_advisory_xact_lock(hashtextextended($1 || ':' || $2::text, 0)) AS is_mine,
       record.fingerprint, record.status, record.media_type, record.body
FROM (SELECT 1) AS one
LEFT JOIN idempotency_records AS record ON record.key = $1 AND record.user_id = $2
"""

_STORE = """
INSERT INTO idempotency_records (user_id, key, fingerprint, status, media_type, body)
VALUES ($1, $2, $3, $4, $5, $6)
"""


async def _find_record(session: Transaction, pending: PendingKey) -> asyncpg.Record | None:
    found = await (await driver(session)).fetchrow(_FIND, pending.key, pending.user_id)
    if found["status"] is not None:
        return found
    if not found["is_mine"]:
        raise RequestInFlightError
    return None


async def remember(session: Transaction, pending: PendingKey, response: Response) -> None:
    """Stores the answer in the transaction that did the work."""
    await (await driver(session)).execute(_STORE, *_row(pending, response))


async def remember_refusal(database: Database, pending: PendingKey, response: Response) -> None:
    """Stores a 4xx answer after its transaction was rolled back."""
    async with database.transaction() as session:
        await (await driver(session)).execute(_STORE + " ON CONFLICT DO NOTHING", *_row(pending, response))


async def forget(session: AsyncSession, *, hours: int) -> int:
    """Drops answers older than that; returns how many. A key may then be used for something else."""
    old = delete(IdempotencyRecord).where(IdempotencyRecord.created_at < func.now() - timedelta(hours=hours))
    return len((await session.execute(old.returning(IdempotencyRecord.key))).all())


def _row(pending: PendingKey, response: Response) -> tuple[object, ...]:
    media_type = response.headers.get("content-type", "application/json")
    return (
        pending.user_id,
        pending.key,
        pending.fingerprint,
        response.status_code,
        media_type,
        bytes(response.body),
    )


IDEMPOTENCY_ERRORS: tuple[type[ProblemError], ...] = (
    IdempotencyKeyTooLongError,
    RequestInFlightError,
    IdempotencyKeyReusedError,
)
