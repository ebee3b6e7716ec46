"""Queueing and delivering mails."""

import asyncio
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import delete, func, null, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.database import Database
from src.core.errors import ConflictError
from src.core.ical import Entry
from src.core.mail.languages import SOURCE
from src.core.mail.models import Mail, MailStatus, MailSuppression
from src.core.mail.rendering import render
from src.core.mail.transports import DeliveryRefusedError, NoSuchMailboxError, Transport

log = structlog.get_logger(__name__)

BATCH = 50
# A delivery begins no mail later than this: the worker ends it by force after a minute, and nobody would know
# whether the mail of that moment has left. The lease is longer than both.
SHIFT_SECONDS = 30
LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 10
FIRST_BACKOFF = timedelta(seconds=15)
# Of the addresses that stand for deleted accounts (RFC 2606: there will never be such a host).
NOBODYS_DOMAIN = "deleted.invalid"
LONGEST_BACKOFF = timedelta(hours=6)


class MailNotFailedError(ConflictError):
    code = "mail_not_failed"
    detail = "Only a mail that was given up can be sent again."


async def queue(
    session: AsyncSession,
    *,
    key: str,
    template: str,
    recipient: str,
    params: dict[str, Any],
    calendar_entry: Entry | None = None,
    locale: str = SOURCE,
    user_id: int | None = None,
    kind: str | None = None,
    is_transactional: bool = True,
    confirms_address: bool = False,
) -> None:
    """Queues a mail with this transaction; one with the same key exists already or is sent: nothing happens.

    Nor does anything for somebody who has deleted their account, or whose address has refused mails for good, but
    for a mail that `confirms_address` by its link. With a calendar entry the mail puts it into the recipient's
    calendar, or takes it out of there when it is cancelled. `locale` is the recipient's (`de-AT`); what isn't
    transactional needs `user_id` and `kind`, by which it can be switched off.
    """
    if recipient.endswith(f"@{NOBODYS_DOMAIN}"):
        return
    if not confirms_address and await _is_suppressed(session, recipient):
        log.info("mail_suppressed", key=key)
        return
    mail = insert(Mail).values(
        key=key,
        template=template,
        recipient=recipient,
        locale=locale,
        user_id=user_id,
        kind=kind,
        is_transactional=is_transactional,
        params=params,
        calendar_entry=calendar_entry.model_dump(mode="json") if calendar_entry else null(),
    )
    await session.execute(mail.on_conflict_do_nothing(index_elements=[Mail.key]))


async def send_again(session: AsyncSession, *, mail_id: int) -> None:
    """One that was given up, with all its tries before it. Raises `MailNotFailedError`."""
    queued = (
        update(Mail)
        .where(Mail.id == mail_id, Mail.status == MailStatus.FAILED)
        .values(status=MailStatus.QUEUED, attempts=0, due_at=func.clock_timestamp())
    )
    if await session.scalar(queued.returning(Mail.id)) is None:
        raise MailNotFailedError


async def forget_recipient(session: AsyncSession, *, recipient: str, before: datetime | None = None) -> None:
    """Nothing more is sent to this address, and nothing tells what was; or only of what was queued before then."""
    theirs = delete(Mail).where(func.lower(Mail.recipient) == func.lower(recipient))
    await session.execute(theirs if before is None else theirs.where(Mail.created_at < before))
    if before is None:
        await allow_recipient(session, recipient=recipient)


async def allow_recipient(session: AsyncSession, *, recipient: str) -> None:
    """Somebody has read a mail that was sent there: it may have refused before, it doesn't any more."""
    same = func.lower(MailSuppression.address) == func.lower(recipient)
    await session.execute(delete(MailSuppression).where(same))


async def forget_old(session: AsyncSession, *, days: int) -> int:
    """Mails that were sent, or never will be; returns how many."""
    old = delete(Mail).where(
        Mail.status != MailStatus.QUEUED, Mail.created_at < func.now() - timedelta(days=days)
    )
    return len((await session.scalars(old.returning(Mail.id))).all())


async def _is_suppressed(session: AsyncSession, recipient: str) -> bool:
    same = func.lower(MailSuppression.address) == func.lower(recipient)
    return await session.scalar(select(MailSuppression.id).where(same)) is not None


async def deliver_due(
    database: Database, *, transport: Transport, secret: str, urls: Mapping[str, str]
) -> int:
    """Sends what is due; returns how many left.

    Each mail is leased, committed, and only then sent: a worker that dies in between leaves it to the next one,
    with the same Message-ID.
    """
    ends_at = time.monotonic() + SHIFT_SECONDS
    sent = 0
    for _ in range(BATCH):
        async with database.transaction() as session:
            mail = await _lease(session)
        if mail is None:
            break
        try:
            message = render(mail, sender=transport.sender, secret=secret, urls=urls)
            await asyncio.to_thread(transport.send, message, mail)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one mail must not hold up the others
            await _postpone(database, mail, error)
        else:
            sent += 1
            await _mark_sent(database, mail)
        if time.monotonic() > ends_at:
            break
    return sent


async def _lease(session: AsyncSession) -> Mail | None:
    due = (
        select(Mail.id)
        .where(Mail.status == MailStatus.QUEUED, Mail.due_at <= func.clock_timestamp())
        .order_by(Mail.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    leased = (
        update(Mail)
        .where(Mail.id == due)
        .values(attempts=Mail.attempts + 1, due_at=func.clock_timestamp() + LEASE)
        .returning(Mail)
    )
    return (await session.scalars(leased)).one_or_none()


async def _mark_sent(database: Database, mail: Mail) -> None:
    async with database.transaction() as session:
        await session.execute(
            update(Mail)
            .where(Mail.id == mail.id)
            .values(status=MailStatus.SENT, sent_at=func.clock_timestamp())
        )


async def _postpone(database: Database, mail: Mail, error: Exception) -> None:
    """Nobody is ever told by another mail."""
    is_final = isinstance(error, DeliveryRefusedError) or mail.attempts >= MOST_ATTEMPTS
    backoff = min(FIRST_BACKOFF * 2 ** (mail.attempts - 1), LONGEST_BACKOFF)
    log.warning(
        "mail_not_sent", mail_id=mail.id, attempts=mail.attempts, is_final=is_final, error=repr(error)
    )
    async with database.transaction() as session:
        await session.execute(
            update(Mail)
            .where(Mail.id == mail.id)
            .values(
                status=MailStatus.FAILED if is_final else MailStatus.QUEUED,
                due_at=func.clock_timestamp() + backoff,
                last_error=repr(error),
            )
        )
        if isinstance(error, NoSuchMailboxError):
            suppression = insert(MailSuppression).values(address=mail.recipient, answer=str(error))
            await session.execute(suppression.on_conflict_do_nothing())
