"""Drawing up a version: read, render, and only then write, so that no transaction is open while typst works."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from src.agreements import rendering, repository, wording
from src.agreements.exceptions import BookingNotAgreeableError
from src.agreements.models import Agreement, DueAgreement
from src.agreements.schemas import VersionRead
from src.agreements.service.read import as_version, is_in_force
from src.bookings import service as bookings
from src.core.clock import utc_now
from src.core.database import Database
from src.core.errors import BusyError
from src.core.identity import Principal

log = structlog.get_logger(__name__)

MOST_ATTEMPTS = 5
BATCH = 20
LEASE = timedelta(seconds=60)
LONGEST_BACKOFF = timedelta(hours=1)


@dataclass(frozen=True)
class Draft:
    """What is to become a version."""

    version: int
    terms_sha256: bytes
    content: dict[str, Any]


async def generate_agreement(
    database: Database, *, principal: Principal, booking_id: int
) -> tuple[VersionRead, bool]:
    """The version that says what the booking is now, and whether it is new.

    Raises `BookingNotFoundError`, `BookingNotAgreeableError`.
    """
    async with database.transaction() as session:
        await bookings.get_booking(session, principal=principal, booking_id=booking_id)
    agreement, is_new = await _draw_up(database, booking_id)
    async with database.transaction() as session:
        acceptances = await repository.list_acceptances(session, booking_id)
    return as_version(agreement, acceptances, is_current=True), is_new


async def _draw_up(database: Database, booking_id: int) -> tuple[Agreement, bool]:
    for _ in range(MOST_ATTEMPTS):
        async with database.transaction() as session:
            found = await _find_current_or_draft(session, booking_id)
        if isinstance(found, Agreement):
            return found, False
        made = await _save(database, booking_id, found, drawn_up=utc_now().replace(microsecond=0))
        if made is not None:
            return made, True
    raise BusyError


async def _find_current_or_draft(session: AsyncSession, booking_id: int) -> Agreement | Draft:
    facts = await repository.find_facts(session, booking_id)
    if facts is None or facts.Booking.event_id is not None or not is_in_force(facts.Booking.status):
        raise BookingNotAgreeableError
    terms = wording.terms_sha256(facts.Booking)
    latest = await repository.find_latest(session, booking_id)
    if latest is not None and (latest.terms_sha256 == terms or facts.Booking.has_forgotten_guest):
        return latest
    if facts.Booking.has_forgotten_guest:
        raise BookingNotAgreeableError
    version = latest.version + 1 if latest else 1
    return Draft(version=version, terms_sha256=terms, content=wording.content_of(facts))


async def _save(database: Database, booking_id: int, draft: Draft, *, drawn_up: datetime) -> Agreement | None:
    """None when somebody else has made this version meanwhile."""
    content = wording.of_version(
        draft.content, booking_id=booking_id, version=draft.version, drawn_up=drawn_up
    )
    pdf = await rendering.agreement_pdf(content, drawn_up=drawn_up)
    async with database.transaction() as session:
        return await repository.insert_unless_version_taken(
            session,
            booking_id=booking_id,
            version=draft.version,
            terms_sha256=draft.terms_sha256,
            content=content,
            pdf=pdf,
            sha256=hashlib.sha256(pdf).digest(),
            created_at=drawn_up,
        )


async def draw_up_due(database: Database) -> int:
    """What bookings that were confirmed or changed ask for; returns how many are done.

    A dead worker's are taken up a minute later.
    """
    async with database.transaction() as session:
        leased = await repository.lease_due(session, limit=BATCH, lease=LEASE)
    done = 0
    for due in leased:
        done += await _carry_out(database, due)
    return done


async def _carry_out(database: Database, due: DueAgreement) -> bool:
    try:
        await _draw_up(database, due.booking_id)
    except BookingNotAgreeableError:
        pass  # cancelled since: there is nothing to agree on
    except Exception as error:
        log.exception("agreement_not_drawn_up", booking_id=due.booking_id, attempts=due.attempts)
        backoff = min(LEASE * 2 ** min(due.attempts, 10), LONGEST_BACKOFF)
        async with database.transaction() as session:
            await repository.postpone_due(session, due, by=backoff, error=repr(error))
        return False
    async with database.transaction() as session:
        await repository.forget_due(session, due)
    return True
