"""Who is part of a conversation. It is between two sides: no right of the platform's administrators opens it."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses.models import Address
from src.core.identity import Principal, Role
from src.messages.enums import Side
from src.messages.exceptions import ConversationNotFoundError
from src.messages.models import Conversation
from src.teams import policies as teams
from src.teams.exceptions import PermissionMissingError
from src.teams.permissions import Permission


def as_participant(principal: Principal) -> Principal:
    """With the rights that their place in a company gives them, and none of the platform."""
    return replace(principal, role=Role.USER)


async def side_of(
    session: AsyncSession,
    *,
    principal: Principal,
    conversation: Conversation,
    address: Address,
    permission: Permission = Permission.READ_MESSAGES,
) -> Side:
    """The customer, even in the team of the studio; else the studio, for who has the permission.

    Raises `ConversationNotFoundError`, or `PermissionMissingError` for who may read but no more.
    """
    if conversation.customer_id == principal.user_id:
        return Side.CUSTOMER
    for needed in dict.fromkeys((Permission.READ_MESSAGES, permission)):
        if not await may(session, principal=principal, address=address, permission=needed):
            raise (
                ConversationNotFoundError
                if needed is Permission.READ_MESSAGES
                else PermissionMissingError(permission=needed)
            )
    return Side.STUDIO


async def may(
    session: AsyncSession, *, principal: Principal, address: Address, permission: Permission
) -> bool:
    return await teams.may(
        session,
        principal=as_participant(principal),
        permission=permission,
        company_id=address.company_id,
        address_id=address.id,
    )
