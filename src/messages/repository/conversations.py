"""Conversations as one of their sides sees them, their beginning and their lock."""

from collections.abc import Sequence

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from src.addresses.models import Address
from src.bookings.models import Booking
from src.companies.models import Company
from src.core.identity import Principal
from src.core.pagination import paginate_by_cursor
from src.geographic.models import City
from src.messages.blocks.models import Block
from src.messages.enums import Side
from src.messages.models import Conversation, ConversationReader, Message
from src.messages.repository.scope import in_scope, shares_contacts, side_of
from src.messages.schemas import ConversationFilter
from src.users.models import User

ConversationRow = Row[Conversation, Address, User, ConversationReader, ConversationReader, int, bool, bool]

StudioRow = Row[Address, bool, str]


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
    side = side_of(user_id)
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
        select(Conversation, Address, User, mine, theirs, unread, shares_contacts(), is_blocked)
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
        reader.side == side_of(user_id),
        reader.last_read_message_id < reader.latest_message_id,
    )
