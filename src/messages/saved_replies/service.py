"""Texts to answer with: read by whoever answers for a studio, changed by who answers for all of the company's."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from src.companies import audit
from src.companies import service as companies
from src.core.identity import Principal
from src.core.pagination import PageRequest, paginate
from src.messages.saved_replies import repository
from src.messages.saved_replies.exceptions import SavedReplyNotFoundError
from src.messages.saved_replies.models import SavedReply
from src.messages.saved_replies.schemas import SavedReplyCreate, SavedReplyUpdate
from src.teams import policies as teams
from src.teams.permissions import Permission


async def list_replies(
    session: AsyncSession, *, principal: Principal, company_id: int, page: PageRequest
) -> tuple[Sequence[SavedReply], int]:
    """Raises `CompanyNotFoundError`, `PermissionMissingError`."""
    await companies.get_visible_company(session, principal=principal, id_or_slug=company_id)
    await teams.require_somewhere(
        session, principal=principal, permission=Permission.ANSWER_MESSAGES, company_id=company_id
    )
    return await paginate(session, repository.of_company(company_id), page)


async def add(
    session: AsyncSession, *, principal: Principal, company_id: int, body: SavedReplyCreate
) -> SavedReply:
    """Raises `CompanyNotFoundError`, `PermissionMissingError`."""
    await _require(session, principal, company_id)
    reply = SavedReply(company_id=company_id, title=body.title, body=body.body)
    await repository.insert(session, reply)
    await _record(session, principal, reply, "added", {"title": (None, reply.title)})
    return reply


async def change(
    session: AsyncSession, *, principal: Principal, company_id: int, reply_id: int, body: SavedReplyUpdate
) -> SavedReply:
    """Raises `CompanyNotFoundError`, `PermissionMissingError`, `SavedReplyNotFoundError`."""
    await _require(session, principal, company_id)
    reply = await _get_locked(session, company_id, reply_id)
    changes = audit.apply(reply, body.model_dump(exclude_unset=True))
    await session.flush()
    if changes:
        await session.refresh(reply)
        await _record(session, principal, reply, "updated", changes)
    return reply


async def remove(session: AsyncSession, *, principal: Principal, company_id: int, reply_id: int) -> None:
    """Raises `CompanyNotFoundError`, `PermissionMissingError`, `SavedReplyNotFoundError`."""
    await _require(session, principal, company_id)
    reply = await _get_locked(session, company_id, reply_id)
    await _record(session, principal, reply, "removed", {"title": (reply.title, None)})
    await repository.delete(session, reply)


async def _require(session: AsyncSession, principal: Principal, company_id: int) -> None:
    await companies.get_visible_company(session, principal=principal, id_or_slug=company_id)
    await teams.require(
        session,
        principal=principal,
        permission=Permission.ANSWER_MESSAGES,
        company_id=company_id,
        address_id=None,
    )


async def _get_locked(session: AsyncSession, company_id: int, reply_id: int) -> SavedReply:
    reply = await repository.find_locked(session, company_id=company_id, reply_id=reply_id)
    if reply is None:
        raise SavedReplyNotFoundError
    return reply


async def _record(
    session: AsyncSession,
    principal: Principal,
    reply: SavedReply,
    what: str,
    changes: Mapping[str, tuple[Any, Any]],
) -> None:
    await audit.record(
        session,
        principal=principal,
        company_id=reply.company_id,
        action=f"saved_reply.{what}",
        subject_id=reply.id,
        changes=changes,
    )
