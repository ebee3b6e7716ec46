"""A message that somebody finds intolerable, and what the platform's administrators do about it."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from src.core.config import Settings
from src.core.identity import Principal
from src.core.limits import Budget, Limiter
from src.messages import policies
from src.messages import repository as messages
from src.messages.exceptions import ConversationNotFoundError, MessageNotFoundError
from src.messages.models import Message
from src.messages.reports import repository
from src.messages.reports.exceptions import OwnMessageError, ReportNotFoundError, ReportResolvedError
from src.messages.reports.models import Report
from src.messages.reports.schemas import (
    ContextMessage,
    ReportCreate,
    ReportDetails,
    ReportFilter,
    ReportRead,
    ReportResolve,
    SenderRead,
)
from src.messages.views import name_of
from src.users.models import User

# The message itself and what led to it.
CONTEXT: Final = 21


async def report(
    session: AsyncSession, *, principal: Principal, body: ReportCreate, limiter: Limiter, settings: Settings
) -> Report:
    """Nobody but the administrators learns of it. A message of one's own side is no matter for them.

    Raises `MessageNotFoundError`, `OwnMessageError`, `TooManyRequestsError`; a second report of the same message by
    the same person violates its constraint: `AlreadyReportedError`.
    """
    limit = settings.report_limit_per_user
    await limiter.spend(Budget.of(limit, name="report", whose=str(principal.user_id)))
    found = await messages.find_message(session, body.message_id)
    if found is None:
        raise MessageNotFoundError
    message: Message = found[0]
    conversation = await messages.find_conversation(session, message.conversation_id)
    assert conversation is not None
    try:
        side = await policies.side_of(
            session, principal=principal, conversation=conversation[0], address=conversation[1]
        )
    except ConversationNotFoundError as error:
        raise MessageNotFoundError from error
    if message.side is side:
        raise OwnMessageError
    new = Report(message_id=message.id, reporter_id=principal.user_id, reason=body.reason, note=body.note)
    await repository.insert(session, new)
    return new


async def list_reports(
    session: AsyncSession, *, wanted: ReportFilter
) -> tuple[Sequence[ReportRead], str | None]:
    """For the administrators: newest first, and the cursor of the next page."""
    rows, next_cursor = await repository.list_reports(session, wanted)
    return [_read(row) for row in rows], next_cursor


async def get_report(session: AsyncSession, *, report_id: int) -> ReportDetails:
    """Raises `ReportNotFoundError`."""
    row = await repository.find(session, report_id)
    if row is None:
        raise ReportNotFoundError
    context = await messages.list_before(session, row[1], limit=CONTEXT)
    return ReportDetails(
        **_read(row).model_dump(), context=[_context(message, sender) for message, sender, *_ in context]
    )


async def resolve(
    session: AsyncSession, *, principal: Principal, report_id: int, body: ReportResolve
) -> ReportDetails:
    """Once. Raises `ReportNotFoundError`, `ReportResolvedError`."""
    was_open = await repository.resolve(
        session,
        report_id,
        status=body.status,
        resolution=body.resolution,
        resolved_by_id=principal.user_id,
    )
    details = await get_report(session, report_id=report_id)
    if not was_open:
        raise ReportResolvedError
    return details


def _read(row: repository.ReportRow) -> ReportRead:
    report, message, sender, address_id, *_ = row
    return ReportRead(
        id=report.id,
        status=report.status,
        reason=report.reason,
        note=report.note,
        message_id=message.id,
        conversation_id=message.conversation_id,
        address_id=address_id,
        reporter_id=report.reporter_id,
        sender=_sender(message, sender),
        body=message.body,
        resolution=report.resolution,
        resolved_by_id=report.resolved_by_id,
        resolved_at=report.resolved_at,
        created_at=report.created_at,
    )


def _context(message: Message, sender: User) -> ContextMessage:
    return ContextMessage(
        id=message.id,
        sender=_sender(message, sender),
        body=message.body,
        attachments=len(message.attachments),
        created_at=message.created_at,
    )


def _sender(message: Message, sender: User) -> SenderRead:
    return SenderRead(id=sender.id, name=name_of(sender, in_full=True), side=message.side)
