"""What gateways tell us: verified and stored while they wait, worked on from the stored row."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.config import Settings
from src.core.database import Database
from src.core.tasks import run_in_transaction
from src.payments.exceptions import NoticeSettledError, SignatureInvalidError, UnknownObjectError
from src.payments.gateways.base import ForgedNoticeError, GatewayError, NotConnectedError
from src.payments.gateways.registry import get_notifying_gateway
from src.payments.service.apply import apply_state
from src.payments.webhooks import repository
from src.payments.webhooks.enums import NoticeStatus
from src.payments.webhooks.models import WebhookNotice

log = structlog.get_logger(__name__)

BATCH: Final = 50
LEASE: Final = timedelta(seconds=60)
LONGEST_BACKOFF: Final = timedelta(hours=1)


async def receive(
    database: Database, *, settings: Settings, gateway_name: str, body: bytes, headers: Mapping[str, str]
) -> None:
    """Stores a notice of the gateway's own; one that is known already changes nothing.

    Raises `WebhookNotFoundError`, `SignatureInvalidError`.
    """
    gateway = get_notifying_gateway(gateway_name, settings=settings, database=database)
    try:
        notice = gateway.verify_notice(body, headers)
    except ForgedNoticeError as error:
        raise SignatureInvalidError from error
    async with database.transaction() as session:
        await repository.insert_unless_known(session, gateway=gateway.name, notice=notice, body=body)


async def process(database: Database, *, settings: Settings) -> int:
    """Works on what is due; returns how many notices. A dead worker's are taken up a minute later."""
    async with database.transaction() as session:
        notices = await repository.lease(session, limit=BATCH, lease=LEASE)
    for notice in notices:
        await _process(database, settings, notice)
    return len(notices)


async def forget(session: AsyncSession, *, days: int) -> int:
    """Drops what was worked on so many days ago; returns how many. What waits, or is for a person, stays."""
    return await repository.delete_finished(session, older_than=timedelta(days=days))


async def retry(session: AsyncSession, *, notice_id: int) -> None:
    """Works on a notice once more that was about something unknown, or waits for its next try.

    Raises `NoticeSettledError`.
    """
    if not await repository.make_due(session, notice_id=notice_id):
        raise NoticeSettledError


async def _process(database: Database, settings: Settings, notice: WebhookNotice) -> None:
    gateway = get_notifying_gateway(notice.gateway, settings=settings, database=database)
    if not gateway.knows(notice.subject):
        await _finish(database, notice, NoticeStatus.IGNORED)
        return
    try:
        state = await gateway.fetch(notice.body)
    except (GatewayError, NotConnectedError) as error:
        await _postpone(database, notice, error)
        return

    async def work(session: AsyncSession) -> None:
        await apply_state(session, gateway=notice.gateway, state=state)
        await repository.finish(session, notice_id=notice.id, status=NoticeStatus.DONE)

    try:
        await run_in_transaction(database, work)
    except UnknownObjectError as error:
        log.warning("webhook_unknown", notice_id=notice.id, subject=notice.subject, error=str(error))
        await _finish(database, notice, NoticeStatus.UNKNOWN, str(error))


async def _finish(
    database: Database, notice: WebhookNotice, status: NoticeStatus, error: str | None = None
) -> None:
    async with database.transaction() as session:
        await repository.finish(session, notice_id=notice.id, status=status, error=error)


async def _postpone(database: Database, notice: WebhookNotice, error: Exception) -> None:
    delay = min(timedelta(seconds=2) * 2 ** min(notice.attempts, 12), LONGEST_BACKOFF)
    log.warning("webhook_postponed", notice_id=notice.id, attempts=notice.attempts, error=str(error))
    async with database.transaction() as session:
        await repository.postpone(session, notice_id=notice.id, delay=delay, error=str(error))
