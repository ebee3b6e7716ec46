"""Whose conversations are: `in_scope` decides it for everything that is listed."""

from collections.abc import Sequence

from sqlalchemy import (
    ColumnElement,
    case,
    exists,
    literal,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses.models import Address
from src.bookings.enums import BookingStatus
from src.bookings.models import Booking, BookingMove
from src.companies.models import CompanyAdmin
from src.core.identity import Principal
from src.messages.enums import Side
from src.messages.models import Conversation, Message
from src.teams import policies as teams
from src.teams.models import TeamMember
from src.teams.permissions import Permission


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


def side_of(user_id: int) -> ColumnElement[Side]:
    """The customer, even in the team of the studio."""
    kind = Message.side.type
    return case(
        (Conversation.customer_id == user_id, literal(Side.CUSTOMER, kind)), else_=literal(Side.STUDIO, kind)
    )


def shares_contacts() -> ColumnElement[bool]:
    """A booking of the customer there is confirmed, or once was: what has been shown is no secret any more."""
    return exists().where(
        Booking.customer_id == Conversation.customer_id,
        Booking.address_id == Conversation.address_id,
        BookingMove.booking_id == Booking.id,
        BookingMove.to_status == BookingStatus.CONFIRMED,
    )
