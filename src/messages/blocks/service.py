"""Wanting no messages from somebody: a customer from a company, or a company from a customer."""

from sqlalchemy.ext.asyncio import AsyncSession

from src.companies import audit
from src.core.identity import Principal
from src.messages import policies
from src.messages import repository as conversations
from src.messages.blocks import repository
from src.messages.enums import Side
from src.messages.exceptions import BlockedError, ConversationNotFoundError, UnblockFirstError
from src.teams.permissions import Permission


async def require_none(session: AsyncSession, *, customer_id: int, company_id: int, side: Side) -> None:
    """For who is about to write on that side. Raises `BlockedError`, `UnblockFirstError`."""
    blocking = await repository.list_sides(session, customer_id=customer_id, company_id=company_id)
    if side.other in blocking:
        raise BlockedError
    if side in blocking:
        raise UnblockFirstError


async def set_block(
    session: AsyncSession, *, principal: Principal, conversation_id: int, is_blocked: bool
) -> None:
    """For the principal's side, and all studios of the company. Safe to repeat.

    Raises `ConversationNotFoundError`, `PermissionMissingError`.
    """
    found = await conversations.find_conversation(session, conversation_id)
    if found is None:
        raise ConversationNotFoundError
    conversation, address = found
    side = await policies.side_of(
        session,
        principal=principal,
        conversation=conversation,
        address=address,
        permission=Permission.ANSWER_MESSAGES,
    )
    customer_id, company_id = conversation.customer_id, address.company_id
    if is_blocked:
        has_changed = await repository.add(
            session,
            customer_id=customer_id,
            company_id=company_id,
            side=side,
            blocked_by_id=principal.user_id,
        )
    else:
        has_changed = await repository.remove(
            session, customer_id=customer_id, company_id=company_id, side=side
        )
    if has_changed and side is Side.STUDIO:
        await audit.record(
            session,
            principal=principal,
            company_id=company_id,
            action="customer.blocked" if is_blocked else "customer.unblocked",
            subject_id=customer_id,
            changes={"is_blocked": (not is_blocked, is_blocked)},
        )
