"""What notifications and mails say about a message, and who is on which side."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from src.messages import repository
from src.messages.enums import Side
from src.messages.exceptions import ConversationNotFoundError, MessageNotFoundError
from src.messages.views import excerpt_of, name_of
from src.teams import policies as teams
from src.teams.permissions import Permission


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """As the other side sees the message: nothing here says more than they may read."""

    message_id: int
    conversation_id: int
    customer_id: int
    company_id: int
    address_id: int
    studio: str
    side: Side
    sender_id: int
    sender_name: str
    booking_id: int | None
    excerpt: str
    unread: int  # messages of this side that the other has yet to read


async def get_message_facts(session: AsyncSession, *, message_id: int) -> MessageFacts:
    """Raises `MessageNotFoundError`."""
    row = await repository.find_message(session, message_id)
    if row is None:
        raise MessageNotFoundError
    message, sender, customer_id, shares_contacts = row
    found = await repository.find_conversation(session, message.conversation_id)
    assert found is not None
    address = found[1]
    return MessageFacts(
        message_id=message.id,
        conversation_id=message.conversation_id,
        customer_id=customer_id,
        company_id=address.company_id,
        address_id=address.id,
        studio=address.name,
        side=message.side,
        sender_id=sender.id,
        sender_name=name_of(sender, in_full=shares_contacts),
        booking_id=message.booking_id,
        excerpt=excerpt_of(row, sees_all=shares_contacts),
        unread=await repository.count_behind_mark(session, message),
    )


async def list_people(session: AsyncSession, *, conversation_id: int, side: Side) -> list[int]:
    """Ids of the users on one side of a conversation; the customer is never of their own studio's side.

    Raises `ConversationNotFoundError`.
    """
    found = await repository.find_conversation(session, conversation_id)
    if found is None:
        raise ConversationNotFoundError
    conversation, address = found
    if side is Side.CUSTOMER:
        return [conversation.customer_id]
    team = await teams.list_allowed(
        session,
        permission=Permission.ANSWER_MESSAGES,
        company_id=address.company_id,
        address_id=address.id,
    )
    return [user_id for user_id in team if user_id != conversation.customer_id]
