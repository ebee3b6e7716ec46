"""Queries of conversations and their messages. Whose they are decides `in_scope`, for everything that is listed."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    case,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from src.addresses.models import Address
from src.bookings.enums import BookingStatus
from src.bookings.models import Booking, BookingMove
from src.companies.models import Company, CompanyAdmin
from src.core.identity import Principal
from src.core.pagination import CursorRequest, paginate_by_cursor
from src.geographic.models import City
from src.geographic.search_key import search_key
from src.messages.blocks.models import Block
from src.messages.enums import Side
from src.messages.models import Conversation, ConversationReader, Message
from src.messages.schemas import ConversationFilter, MessageFilter
from src.teams import policies as teams
from src.teams.models import TeamMember
from src.teams.permissions import Permission
from src.users.models import User

# The sender, the customer of the conversation, and whether contact details are shown. What is read in pages has its
# cursor behind all that.
MessageRow = Row[Message, User, int, bool]
ConversationRow = Row[Conversation, Address, User, ConversationReader, ConversationReader, int, bool, bool]
StudioRow = Row[Address, bool, str]

# Words as they are, in no language. Written as in the index, or it isn't used.
SIMPLE: ColumnElement[str] = literal_column("'simple'::regconfig")


# --- whose


async def list_studios(session: AsyncSession, principal: Principal) -> Sequence[int]:
    """Ids of the studios whose conversations they may read: few, and found from the person."""
    theirs = select(CompanyAdmin.company_id).where(CompanyAdmin.user_id == principal.user_id)
    joined = select(TeamMember.company_id).where(TeamMember.user_id == principal.user_id)
    allowed = teams.is_allowed(
        principal, Permission.READ_MESSAGES, company_id=Address.company_id, address_id=Address.id
    )
    studios = select(Address.id).where(Address.company_id.in_(theirs.union(joined)), allowed)
    return (await session.scalars(studios)).all()


async def in_scope(
    session: AsyncSession, principal: Principal, *, side: Side | None = None
) -> ColumnElement[bool]:
    """Of `Conversation`: those that the principal is part of; on one side only, if it is named."""
    as_customer = Conversation.customer_id == principal.user_id
    if side is Side.CUSTOMER:
        return as_customer
    as_studio = Conversation.address_id.in_(await list_studios(session, principal))
    if side is Side.STUDIO:
        return as_studio & ~as_customer
    return or_(as_customer, as_studio)


def _side_of(user_id: int) -> ColumnElement[Side]:
    """The customer, even in the team of the studio."""
    kind = Message.side.type
    return case(
        (Conversation.customer_id == user_id, literal(Side.CUSTOMER, kind)), else_=literal(Side.STUDIO, kind)
    )


def _shares_contacts() -> ColumnElement[bool]:
    """A booking of the customer there is confirmed, or once was: what has been shown is no secret any more."""
    return exists().where(
        Booking.customer_id == Conversation.customer_id,
        Booking.address_id == Conversation.address_id,
        BookingMove.booking_id == Booking.id,
        BookingMove.to_status == BookingStatus.CONFIRMED,
    )


# --- conversations


async def find_studio(session: AsyncSession, address_id: int) -> StudioRow | None:
    """Whether it is closed for good, itself or with its company; and its country."""
    is_closed = or_(Address.deactivated_at.is_not(None), Company.deactivated_at.is_not(None))
    studio = (
        select(Address, is_closed, City.country_code)
        .join(Company, Company.id == Address.company_id)
        .join(City, City.id == Address.city_id)
        .where(Address.id == address_id)
    )
    return (await session.execute(studio)).one_or_none()


async def find_pair(session: AsyncSession, *, customer_id: int, address_id: int) -> Conversation | None:
    pair = Conversation.customer_id == customer_id, Conversation.address_id == address_id
    return await session.scalar(select(Conversation).where(*pair))


async def find_conversation(session: AsyncSession, conversation_id: int) -> Row[Conversation, Address] | None:
    both = select(Conversation, Address).join(Address, Address.id == Conversation.address_id)
    return (await session.execute(both.where(Conversation.id == conversation_id))).one_or_none()


async def begin(session: AsyncSession, *, customer_id: int, address_id: int) -> None:
    """Unless somebody has, also at this moment."""
    pair = {"customer_id": customer_id, "address_id": address_id}
    new = insert(Conversation).values(pair).on_conflict_do_nothing().returning(Conversation.id)
    conversation_id = await session.scalar(new)
    if conversation_id is not None:
        readers = [{"conversation_id": conversation_id, "side": side} for side in Side]
        await session.execute(insert(ConversationReader).values(readers))


async def lock_pair(session: AsyncSession, *, customer_id: int, address_id: int) -> Conversation:
    """For who is about to add a message; see `Conversation`."""
    pair = select(Conversation).where(
        Conversation.customer_id == customer_id, Conversation.address_id == address_id
    )
    locked = pair.with_for_update(key_share=True).execution_options(populate_existing=True)
    return (await session.scalars(locked)).one()


async def has_booked(
    session: AsyncSession, *, customer_id: int, address_id: int, booking_id: int | None = None
) -> bool:
    booked = exists().where(Booking.customer_id == customer_id, Booking.address_id == address_id)
    if booking_id is not None:
        booked = booked.where(Booking.id == booking_id)
    return bool(await session.scalar(select(booked)))


def _conversations(
    user_id: int,
) -> Select[Conversation, Address, User, ConversationReader, ConversationReader, int, bool, bool]:
    """With the studio, the customer, how far one's own side and the other have read, what is unread, whether contacts
    are shown and whether one's own side has blocked the other.
    """
    mine, theirs = aliased(ConversationReader), aliased(ConversationReader)
    side = _side_of(user_id)
    unread = (
        select(func.count(Message.id))
        .where(
            Message.conversation_id == Conversation.id,
            Message.id > mine.last_read_message_id,
            Message.side != side,
        )
        .correlate(Conversation, mine)
        .scalar_subquery()
    )
    is_blocked = exists().where(
        Block.customer_id == Conversation.customer_id,
        Block.company_id == Address.company_id,
        Block.side == side,
    )
    return (
        select(Conversation, Address, User, mine, theirs, unread, _shares_contacts(), is_blocked)
        .join(Address, Address.id == Conversation.address_id)
        .join(User, User.id == Conversation.customer_id)
        .join(mine, and_(mine.conversation_id == Conversation.id, mine.side == side))
        .join(theirs, and_(theirs.conversation_id == Conversation.id, theirs.side != side))
        .execution_options(populate_existing=True)
    )


async def get_details(session: AsyncSession, conversation_id: int, user_id: int) -> ConversationRow:
    return (await session.execute(_conversations(user_id).where(Conversation.id == conversation_id))).one()


async def list_conversations(
    session: AsyncSession, principal: Principal, wanted: ConversationFilter
) -> tuple[Sequence[ConversationRow], str | None]:
    """The one with the newest message first."""
    rows = _conversations(principal.user_id).where(await in_scope(session, principal, side=wanted.side))
    if wanted.address_id is not None:
        rows = rows.where(Conversation.address_id == wanted.address_id)
    if wanted.unread:
        rows = rows.where(_has_unread(principal.user_id))
    return await paginate_by_cursor(session, rows, wanted, key=Conversation.last_message_id)


def _has_unread(user_id: int) -> ColumnElement[bool]:
    reader = aliased(ConversationReader)
    return exists().where(
        reader.conversation_id == Conversation.id,
        reader.side == _side_of(user_id),
        reader.last_read_message_id < reader.latest_message_id,
    )


async def count_unread(session: AsyncSession, principal: Principal) -> dict[Side, int]:
    """Messages, by the side on which the principal is to read them."""
    side = _side_of(principal.user_id)
    counted = (
        select(ConversationReader.side, func.count(Message.id))
        .join(Conversation, Conversation.id == ConversationReader.conversation_id)
        .join(Message, Message.conversation_id == Conversation.id)
        .where(
            await in_scope(session, principal),
            ConversationReader.side == side,
            ConversationReader.last_read_message_id < ConversationReader.latest_message_id,
            Message.id > ConversationReader.last_read_message_id,
            Message.side != ConversationReader.side,
        )
        .group_by(ConversationReader.side)
    )
    return {row[0]: row[1] for row in await session.execute(counted)}


# --- how far somebody has read


async def mark_read(
    session: AsyncSession, *, conversation_id: int, side: Side, up_to: int, reader_id: int
) -> int | None:
    """The side's new mark; None when it had read as far before. It only ever grows: of two at once the farther
    stands. What isn't there yet can't be read.
    """
    reached = func.least(ConversationReader.latest_message_id, up_to)
    grown = (
        update(ConversationReader)
        .where(
            ConversationReader.conversation_id == conversation_id,
            ConversationReader.side == side,
            ConversationReader.last_read_message_id < reached,
        )
        .values(last_read_message_id=reached, last_read_at=func.clock_timestamp(), read_by_id=reader_id)
    )
    return await session.scalar(grown.returning(ConversationReader.last_read_message_id))


async def insert_message(session: AsyncSession, message: Message) -> None:
    """Its conversation has to be locked."""
    session.add(message)
    await session.flush()


async def note_newest(session: AsyncSession, conversation: Conversation, message: Message) -> None:
    """For the order of conversations, and for the other side to read."""
    conversation.last_message_id = message.id
    await session.flush()
    await session.execute(
        update(ConversationReader)
        .where(
            ConversationReader.conversation_id == conversation.id,
            ConversationReader.side == message.side.other,
        )
        .values(latest_message_id=message.id)
    )


async def take_untold(session: AsyncSession, *, minutes: int, limit: int) -> Sequence[int]:
    """Newest messages of sides of which something has waited so long unread, since when no mail has told of any.

    They count as told from now on, until that side has read them. Rows that somebody else works on are left out.
    """
    reader = ConversationReader
    waits = exists().where(
        Message.conversation_id == reader.conversation_id,
        Message.id > reader.last_read_message_id,
        Message.side != reader.side,
        Message.created_at < func.clock_timestamp() - func.make_interval(0, 0, 0, 0, 0, minutes),
    )
    due = (
        select(reader)
        .where(
            reader.last_read_message_id < reader.latest_message_id,
            reader.told_message_id <= reader.last_read_message_id,
            waits,
        )
        .order_by(reader.latest_message_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    found = (await session.scalars(due)).all()
    for row in found:
        row.told_message_id = row.latest_message_id
    await session.flush()
    return [row.latest_message_id for row in found]


async def count_behind_mark(session: AsyncSession, message: Message) -> int:
    """How many messages of its side the other side has yet to read."""
    reader = ConversationReader
    unread = (
        select(func.count(Message.id))
        .join(reader, reader.conversation_id == Message.conversation_id)
        .where(
            Message.conversation_id == message.conversation_id,
            Message.side == message.side,
            reader.side == message.side.other,
            Message.id > reader.last_read_message_id,
        )
    )
    return await session.scalar(unread) or 0


# --- messages


def _messages() -> Select[Message, User, int, bool]:
    return (
        select(Message, User, Conversation.customer_id, _shares_contacts().label("shares_contacts"))
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(User, User.id == Message.sender_id)
    )


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
        rows = rows.where(_says(wanted.q, _side_of(principal.user_id)))
    return await paginate_by_cursor(session, rows, wanted, key=Message.id)


def _says(asked: str, side: ColumnElement[Side]) -> ColumnElement[bool]:
    """All words, each of which may be unfinished. What is hidden from somebody isn't found by them either."""
    words = " & ".join(f"'{word}':*" for word in search_key(asked).split())
    query = func.to_tsquery(SIMPLE, words)
    shows_body = or_(Message.masked_body.is_(None), Message.side == side, _shares_contacts())
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
