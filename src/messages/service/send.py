"""Writing: as a customer to a studio, or for the studio to a customer of it."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses import policies as addresses
from src.addresses.exceptions import AddressNotFoundError
from src.addresses.models import Address
from src.bookings.exceptions import BookingNotFoundError
from src.core import events
from src.core.config import Settings
from src.core.identity import Principal
from src.core.limits import Budget, Limiter
from src.messages import contacts, policies, repository
from src.messages.attachments import service as attachments
from src.messages.attachments.links import AttachmentLinks
from src.messages.blocks import service as blocks
from src.messages.enums import Side
from src.messages.events import MessageSent
from src.messages.exceptions import CustomerGoneError, NotACustomerError, StudioClosedError
from src.messages.models import Conversation, Message
from src.messages.schemas import MessageCreate, MessageRead
from src.messages.service.showing import show_message
from src.messages.views import message_as_read
from src.teams.exceptions import PermissionMissingError
from src.teams.permissions import Permission
from src.users import service as users


@dataclass(frozen=True, slots=True)
class Limits:
    """Messages, and conversations that are begun, by one person."""

    limiter: Limiter
    settings: Settings

    async def spend_message(self, user_id: int) -> None:
        limit = self.settings.message_limit_per_user
        await self.limiter.spend(Budget.of(limit, name="message", whose=str(user_id)))

    async def spend_conversation(self, user_id: int) -> None:
        limit = self.settings.conversation_limit_per_user
        await self.limiter.spend(Budget.of(limit, name="conversation", whose=str(user_id)))


async def send(
    session: AsyncSession,
    *,
    principal: Principal,
    body: MessageCreate,
    limits: Limits,
    links: AttachmentLinks,
) -> MessageRead:
    """Adds a message to the conversation of the customer and the studio, which begins with its first.

    Raises `AddressNotFoundError`, `PermissionMissingError`, `NotACustomerError`, `StudioClosedError`,
    `CustomerGoneError`, `BlockedError`, `UnblockFirstError`, `BookingNotFoundError`, `UnknownUploadError`,
    `TooManyRequestsError`. Locks the conversation, and what counts the live events of both sides.
    """
    await limits.spend_message(principal.user_id)
    customer_id = principal.user_id if body.customer_id is None else body.customer_id
    side = Side.CUSTOMER if customer_id == principal.user_id else Side.STUDIO
    found = await repository.find_studio(session, body.address_id)
    if found is None:
        raise AddressNotFoundError
    address, is_closed, country = found
    known = await repository.find_pair(session, customer_id=customer_id, address_id=address.id)
    if side is Side.CUSTOMER:
        await _require_may_write(session, principal, address, known, limits)
    else:
        await _require_may_answer(session, principal, address, known, customer_id)
    if is_closed:
        raise StudioClosedError
    await blocks.require_none(session, customer_id=customer_id, company_id=address.company_id, side=side)
    if body.booking_id is not None:
        await _require_booking(session, customer_id, address, body.booking_id)
    message = Message(
        side=side,
        sender_id=principal.user_id,
        booking_id=body.booking_id,
        body=body.body,
        masked_body=contacts.mask(body.body, country=country),
        attachments=await attachments.attach(session, principal=principal, upload_ids=body.uploads),
    )
    await _add(session, message, customer_id=customer_id, address_id=address.id)
    row = await repository.get_message(session, message.id)
    await show_message(session, row)
    return message_as_read(row, user_id=principal.user_id, links=links)


async def _add(session: AsyncSession, message: Message, *, customer_id: int, address_id: int) -> None:
    await repository.begin(session, customer_id=customer_id, address_id=address_id)
    conversation = await repository.lock_pair(session, customer_id=customer_id, address_id=address_id)
    message.conversation_id = conversation.id
    await repository.insert_message(session, message)
    await repository.note_newest(session, conversation, message)
    await events.publish(session, MessageSent(message_id=message.id))


async def _require_may_write(
    session: AsyncSession,
    principal: Principal,
    address: Address,
    known: Conversation | None,
    limits: Limits,
) -> None:
    """To a studio that they may see, or where they have booked or written before."""
    if known is not None:
        return
    if not await repository.has_booked(session, customer_id=principal.user_id, address_id=address.id):
        if address.deactivated_at is not None:
            raise AddressNotFoundError
        await addresses.require_visible(session, principal=principal, address=address)
    await limits.spend_conversation(principal.user_id)


async def _require_may_answer(
    session: AsyncSession,
    principal: Principal,
    address: Address,
    known: Conversation | None,
    customer_id: int,
) -> None:
    """To who has written or booked there; about others a studio learns nothing, not even whether there are any."""
    if not await policies.may(
        session, principal=principal, address=address, permission=Permission.ANSWER_MESSAGES
    ):
        await addresses.require_visible(session, principal=principal, address=address)
        raise PermissionMissingError(permission=Permission.ANSWER_MESSAGES)
    if known is None and not await repository.has_booked(
        session, customer_id=customer_id, address_id=address.id
    ):
        raise NotACustomerError
    customer = await users.get_user(session, user_id=customer_id)
    if customer.deactivated_at is not None:
        raise CustomerGoneError


async def _require_booking(
    session: AsyncSession, customer_id: int, address: Address, booking_id: int
) -> None:
    if not await repository.has_booked(
        session, customer_id=customer_id, address_id=address.id, booking_id=booking_id
    ):
        raise BookingNotFoundError
