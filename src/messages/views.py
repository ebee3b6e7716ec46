"""Conversations and messages as one of the two sides sees them."""

from typing import Any, Final

from src.messages.attachments.links import AttachmentLinks
from src.messages.enums import Side
from src.messages.repository import ConversationRow, MessageRow
from src.messages.schemas import ConversationRead, CustomerRead, MessageRead, PersonRead, StudioRead
from src.users.models import User

LONGEST_EXCERPT: Final = 200


def name_of(user: User, *, in_full: bool) -> str:
    if user.deleted_at is not None:
        return f"{user.firstname} {user.lastname}"  # of nobody: "Deleted user"
    return f"{user.firstname} {user.lastname}" if in_full else f"{user.firstname} {user.lastname[:1]}."


def message_as_read(row: MessageRow, *, user_id: int, links: AttachmentLinks) -> MessageRead:
    message, sender, customer_id, shares_contacts, *_ = row
    side = Side.CUSTOMER if customer_id == user_id else Side.STUDIO
    sees_all = shares_contacts or message.side is side
    return MessageRead(
        id=message.id,
        conversation_id=message.conversation_id,
        side=message.side,
        sender=PersonRead(id=sender.id, name=name_of(sender, in_full=sees_all)),
        is_mine=sender.id == user_id,
        booking_id=message.booking_id,
        body=body_of(row, sees_all=sees_all),
        is_masked=not sees_all and message.masked_body is not None,
        attachments=[links.read(attachment) for attachment in message.attachments],
        created_at=message.created_at,
    )


def body_of(row: MessageRow, *, sees_all: bool) -> str:
    message = row[0]
    return message.body if sees_all or message.masked_body is None else message.masked_body


def excerpt_of(row: MessageRow, *, sees_all: bool) -> str:
    """How the body begins, in one line."""
    line = " ".join(body_of(row, sees_all=sees_all).split())
    return line if len(line) <= LONGEST_EXCERPT else line[: LONGEST_EXCERPT - 1].rstrip() + "…"


def message_as_shown(row: MessageRow, *, side: Side) -> dict[str, Any]:
    """What the live stream says to people of that side."""
    message, sender, _, shares_contacts, *_ = row
    sees_all = shares_contacts or message.side is side
    return {
        "id": message.id,
        "conversation_id": message.conversation_id,
        "side": message.side,
        "sender": {"id": sender.id, "name": name_of(sender, in_full=sees_all)},
        "booking_id": message.booking_id,
        "excerpt": excerpt_of(row, sees_all=sees_all),
        "attachments": len(message.attachments),
        "created_at": message.created_at.isoformat(),
    }


def conversation_as_read(
    row: ConversationRow, last_message: MessageRow, *, user_id: int, links: AttachmentLinks
) -> ConversationRead:
    conversation, address, customer, mine, theirs, unread, shares_contacts, is_blocked, *_ = row
    name = name_of(customer, in_full=shares_contacts or customer.id == user_id)
    return ConversationRead(
        id=conversation.id,
        side=mine.side,
        customer=CustomerRead(id=customer.id, name=name, photo=customer.photo),
        studio=StudioRead(
            address_id=address.id, company_id=address.company_id, name=address.name, slug=address.slug
        ),
        last_message=message_as_read(last_message, user_id=user_id, links=links),
        unread_count=unread,
        last_read_message_id=mine.last_read_message_id,
        other_last_read_message_id=theirs.last_read_message_id,
        shares_contacts=shares_contacts,
        is_blocked=is_blocked,
        created_at=conversation.created_at,
    )
