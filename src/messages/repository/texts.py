"""Messages and the search in them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.identity import Principal
from src.core.pagination import CursorRequest, paginate_by_cursor
from src.geographic.search_key import search_key
from src.messages.enums import Side
from src.messages.models import Conversation, Message
from src.messages.repository.scope import in_scope, shares_contacts, side_of
from src.messages.schemas import MessageFilter
from src.users.models import User

# The sender, the customer of the conversation, and whether contact details are shown. What is read in pages has its
# cursor behind all that.
MessageRow = Row[Message, User, int, bool]

# Words as they are, in no language. Written as in the index, or it isn't used.
SIMPLE: ColumnElement[str] = literal_column("'simple'::regconfig")


def _messages() -> Select[Message, User, int, bool]:
    return (
        select(Message, User, Conversation.customer_id, shares_contacts().label("shares_contacts"))
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(User, User.id == Message.sender_id)
    )


async def insert_message(session: AsyncSession, message: Message) -> None:
    """Its conversation has to be locked."""
    session.add(message)
    await session.flush()


async def get_message(session: AsyncSession, message_id: int) -> MessageRow:
    return (await session.execute(_messages().where(Message.id == message_id))).one()


async def find_message(session: AsyncSession, message_id: int) -> MessageRow | None:
    return (await session.execute(_messages().where(Message.id == message_id))).one_or_none()


async def get_messages(session: AsyncSession, message_ids: Sequence[int]) -> Sequence[MessageRow]:
    return (await session.execute(_messages().where(Message.id.in_(message_ids)))).all()


async def list_messages(
    session: AsyncSession, conversation_id: int, wanted: CursorRequest
) -> tuple[Sequence[MessageRow], str | None]:
    rows = _messages().where(Message.conversation_id == conversation_id)
    return await paginate_by_cursor(session, rows, wanted, key=Message.id)


async def list_before(session: AsyncSession, message: Message, *, limit: int) -> Sequence[MessageRow]:
    """The message and those that led to it, newest first."""
    rows = _messages().where(Message.conversation_id == message.conversation_id, Message.id <= message.id)
    return (await session.execute(rows.order_by(Message.id.desc()).limit(limit))).all()


async def find_messages(
    session: AsyncSession, principal: Principal, wanted: MessageFilter
) -> tuple[Sequence[MessageRow], str | None]:
    """Those in conversations of the principal's, newest first."""
    scope = select(Conversation.id).where(await in_scope(session, principal))
    if wanted.address_id is not None:
        scope = scope.where(Conversation.address_id == wanted.address_id)
    rows = _messages().where(Message.conversation_id.in_(scope))
    if wanted.conversation_id is not None:
        rows = rows.where(Message.conversation_id == wanted.conversation_id)
    if wanted.booking_id is not None:
        rows = rows.where(Message.booking_id == wanted.booking_id)
    if wanted.q is not None:
        rows = rows.where(_says(wanted.q, side_of(principal.user_id)))
    return await paginate_by_cursor(session, rows, wanted, key=Message.id)


def _says(asked: str, side: ColumnElement[Side]) -> ColumnElement[bool]:
    """All words, each of which may be unfinished. What is hidden from somebody isn't found by them either."""
    words = " & ".join(f"'{word}':*" for word in search_key(asked).split())
    query = func.to_tsquery(SIMPLE, words)
    shows_body = or_(Message.masked_body.is_(None), Message.side == side, shares_contacts())
    return and_(
        _words_of(Message.body).op("@@")(query),
        or_(shows_body, _words_of(Message.masked_body).op("@@")(query)),
    )


def _words_of(text: Any) -> ColumnElement[Any]:
    return func.to_tsvector(SIMPLE, func.search_key(text))


async def list_sent(session: AsyncSession, sender_id: int) -> Sequence[Row[Message, int]]:
    """All messages of a person with the studios of their conversations, oldest first."""
    sent = select(Message, Conversation.address_id).join(
        Conversation, Conversation.id == Message.conversation_id
    )
    return (await session.execute(sent.where(Message.sender_id == sender_id).order_by(Message.id))).all()


async def forget_contacts(session: AsyncSession, sender_id: int) -> None:
    """What was masked of somebody's messages is gone for good."""
    masked = update(Message).where(Message.sender_id == sender_id, Message.masked_body.is_not(None))
    await session.execute(masked.values(body=Message.masked_body, masked_body=None))
