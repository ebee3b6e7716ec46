"""Queueing and delivering mails."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.database import Database
from src.core.mail.models import Mail, MailStatus
from src.core.mail.rendering import render
from src.core.mail.transports import DeliveryRefusedError, Transport

log = structlog.get_logger(__name__)

BATCH = 50
LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 10
FIRST_BACKOFF = timedelta(seconds=15)
# Of the addresses that stand for deleted accounts (RFC 2606: there will never be such a host).
NOBODYS_DOMAIN = "deleted.invalid"
LONGEST_BACKOFF = timedelta(hours=6)


async def queue(
    session: AsyncSession, *, key: str, template: str, recipient: str, params: dict[str, Any]
) -> None:
    """Queues a mail with this transaction; one with the same key exists already or is sent: nothing happens.

    Nor does anything for somebody who has deleted their account.
    """
    if recipient.endswith(f"@{NOBODYS_DOMAIN}"):
        return
    mail = insert(Mail).values(key=key, template=template, recipient=recipient, params=params)
    await session.execute(mail.on_conflict_do_nothing(index_elements=[Mail.key]))


async def forget_recipient(session: AsyncSession, *, recipient: str) -> None:
    """Nothing more is sent to this address, and nothing tells what was."""
    await session.execute(delete(Mail).where(func.lower(Mail.recipient) == func.lower(recipient)))


async def deliver_due(database: Database, *, transport: Transport, secret: str, urls: dict[str, str]) -> int:
    """Sends what is due; returns how many left.

    A mail is leased for a minute, committed, and only then sent: a worker that dies in between leaves it to the
    next one, with the same Message-ID.
    """
    async with database.transaction() as session:
        mails = await _lease(session)
    sent = 0
    for mail in mails:
        try:
            message = render(mail, sender=transport.sender, secret=secret, urls=urls)
            await asyncio.to_thread(transport.send, message, mail)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one mail must not hold up the others
            await _postpone(database, mail, error)
        else:
            sent += 1
            async with database.transaction() as session:
                await session.execute(
                    update(Mail)
                    .where(Mail.id == mail.id)
                    .values(status=MailStatus.SENT, sent_at=func.clock_timestamp())
                )
    return sent


async def _lease(session: AsyncSession) -> Sequence[Mail]:
    due = (
        select(Mail.id)
        .where(Mail.status == MailStatus.QUEUED, Mail.due_at <= func.clock_timestamp())
        .order_by(Mail.due_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    leased = (
        update(Mail)
        .where(Mail.id.in_(due))
        .values(attempts=Mail.attempts + 1, due_at=func.clock_timestamp() + LEASE)
        .returning(Mail)
    )
    return (await session.scalars(leased)).all()


async def _postpone(database: Database, mail: Mail, error: Exception) -> None:
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
