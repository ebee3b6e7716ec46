"""Who hears of what isn't about one booking alone: calendars, refunds, messages, teams, accounts."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from src.auth.events import PasswordChanged
from src.calendars.events import CalendarConflictFound, CalendarImportFailing
from src.calendars.imports import service as imports
from src.companies import service as companies
from src.companies.models import Company
from src.messages import service as messages
from src.messages.enums import Side
from src.messages.events import MessageUnread
from src.messages.service import MessageFacts
from src.notifications.telling import News, Recipient
from src.notifications.tellings.bookings import to_customer
from src.payments import service as payments
from src.payments.events import LatePaymentRefunded, PayoutFailed, PayoutSent
from src.payments.payouts import service as payouts
from src.payments.payouts.models import Payout
from src.rooms.calendars import service as calendars
from src.rooms.calendars.service import ImportFacts
from src.teams import service as teams
from src.teams.events import MemberInvited
from src.teams.invitations import service as invitations
from src.teams.permissions import Permission
from src.users import service as users
from src.users.models import User
from src.webhooks import service as webhooks
from src.webhooks.events import WebhookEndpointDisabled


async def studio_with_conflicts(session: AsyncSession, event: CalendarConflictFound) -> News | None:
    """Of all that is new at once; not of what was told before, or has gone since."""
    conflicts = await imports.take_untold_conflicts(session, import_id=event.import_id)
    found = await calendars.find_import_facts(session, import_id=event.import_id, conflicts=conflicts)
    if found is None or not conflicts:
        return None
    return await _to_importers(session, found, cause=f"{event.import_id}:{conflicts[0].told_at}")


async def studio_with_unreadable(session: AsyncSession, event: CalendarImportFailing) -> News | None:
    """Once until it has been read again."""
    found = await calendars.find_import_facts(session, import_id=event.import_id)
    if found is None or found.calendar.problem is None:
        return None
    since = found.calendar.fetched_at or found.calendar.created_at
    return await _to_importers(session, found, cause=f"{event.import_id}:{since}")


async def _to_importers(session: AsyncSession, found: ImportFacts, *, cause: str) -> News:
    entitled = await teams.list_entitled(
        session,
        permission=Permission.BLOCK_TIME,
        company_id=found.address.company_id,
        address_id=found.address.id,
    )
    shown = {name: found.facts[name] for name in ("calendar", "room", "room_id", "studio", "timezone")}
    return News(
        key=cause,
        recipients=[Recipient.of(user) for user in entitled],
        facts=shown | {"import_id": found.calendar.id, "address_id": found.address.id},
        params=found.facts,
    )


async def customer_who_paid_late(session: AsyncSession, event: LatePaymentRefunded) -> News | None:
    refund, charge = await payments.get_refund_with_charge(session, refund_id=event.refund_id)
    amount = {"amount": refund.amount, "currency": charge.currency}
    news = await to_customer(session, charge.booking_id, cause=str(refund.id), refund=amount)
    return News(
        key=news.key, recipients=news.recipients, params=news.params, facts={**news.facts, "refund": amount}
    )


async def admins_who_are_paid(session: AsyncSession, event: PayoutSent) -> News | None:
    payout, company = await payouts.get_with_company(session, payout_id=event.payout_id)
    facts = _facts_of_payout(payout, company)
    return News(
        key=str(payout.id),
        recipients=await _admins(session, company.id),
        facts=facts,
        params=facts
        | {"tax": {"amount": payout.tax_amount, "currency": payout.currency}, "note": payout.note},
    )


async def admins_who_are_not_paid(session: AsyncSession, event: PayoutFailed) -> News | None:
    """Each time that it is refused, unless it has been sent again since."""
    failed = await payouts.find_failed(session, payout_id=event.payout_id)
    if failed is None:
        return None
    facts = _facts_of_payout(failed.payout, failed.company) | {"failure": failed.payout.failure}
    return News(
        key=f"{failed.payout.id}:{failed.refusals}",
        recipients=await _admins(session, failed.company.id),
        facts=facts,
        params=facts,
    )


def _facts_of_payout(payout: Payout, company: Company) -> dict[str, Any]:
    return {
        "company": company.name,
        "company_id": company.id,
        "payout_id": payout.id,
        "amount": {"amount": payout.amount, "currency": payout.currency},
    }


async def _admins(session: AsyncSession, company_id: int) -> Sequence[Recipient]:
    return [Recipient.of(admin) for admin in await companies.list_admins(session, company_id=company_id)]


async def customer_with_unread(session: AsyncSession, event: MessageUnread) -> News | None:
    facts = await messages.get_message_facts(session, message_id=event.message_id)
    if facts.side is not Side.STUDIO:
        return None
    customer = await users.get_user(session, user_id=facts.customer_id)
    return _of_unread(facts, [customer])


async def studio_with_unread(session: AsyncSession, event: MessageUnread) -> News | None:
    """The customer is never of their own studio's side."""
    facts = await messages.get_message_facts(session, message_id=event.message_id)
    if facts.side is not Side.CUSTOMER:
        return None
    entitled = await teams.list_entitled(
        session,
        permission=Permission.ANSWER_MESSAGES,
        company_id=facts.company_id,
        address_id=facts.address_id,
    )
    return _of_unread(facts, [user for user in entitled if user.id != facts.customer_id])


def _of_unread(facts: MessageFacts, people: Sequence[User]) -> News | None:
    """Unless it has been read meanwhile, or they have left. What was written stays in the conversation."""
    if facts.unread == 0:
        return None
    ids = ("message_id", "conversation_id", "customer_id", "address_id", "booking_id")
    shown = {name: getattr(facts, name) for name in ids} | {"studio": facts.studio, "unread": facts.unread}
    is_by_customer = facts.side is Side.CUSTOMER
    return News(
        key=str(facts.message_id),
        recipients=[Recipient.of(user) for user in people if user.deleted_at is None],
        facts=shown | ({"customer": facts.sender_name} if is_by_customer else {}),
        params=shown | {"sender": facts.sender_name, "side": facts.side, "excerpt": facts.excerpt},
        about_user_id=facts.customer_id if is_by_customer else None,
    )


async def admins_of_disabled(session: AsyncSession, event: WebhookEndpointDisabled) -> News | None:
    endpoint = await webhooks.find_disabled(session, endpoint_id=event.endpoint_id)
    if endpoint is None:
        return None
    facts = {"endpoint_id": endpoint.id, "company_id": endpoint.company_id, "url": endpoint.url}
    return News(
        key=f"{endpoint.id}:{endpoint.disabled_at}",
        recipients=await _admins(session, endpoint.company_id),
        facts=facts,
        params=facts | {"reason": endpoint.disabled_reason},
    )


async def invited_person(session: AsyncSession, event: MemberInvited) -> News | None:
    """Somebody with the address of the invitation, whether or not they have an account."""
    found = await invitations.find_open(session, invitation_id=event.invitation_id)
    if found is None:
        return None
    invitation, facts = found
    user = await users.find_by_email(session, email=invitation.email)
    inviter = await users.get_user(session, user_id=invitation.invited_by_id)
    recipient = Recipient(
        key=invitation.email,
        firstname=user.firstname if user else "",
        email=invitation.email,
        locale=(user or inviter).locale,
        user_id=user.id if user else None,
    )
    return News(key=str(invitation.id), recipients=[recipient], facts=facts, params=facts)


async def owner_of_account(session: AsyncSession, event: PasswordChanged) -> News | None:
    """`auth` mails it: that has to reach people whatever becomes of this table."""
    user = await users.find(session, user_id=event.user_id)
    return News(key="", recipients=[Recipient.of(user)], facts={}) if user else None
