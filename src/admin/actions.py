"""What staff may do: each through the service that the API uses, as themselves, once a form."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses import moderation
from src.admin import repository
from src.admin.exceptions import AlreadyDoneError, AmountUnreadableError
from src.admin.forms import key_of
from src.auth import service as auth
from src.core import outbox
from src.core.database import DATABASE_ERRORS, Database
from src.core.errors import InvalidError
from src.core.http import translate
from src.core.identity import Principal
from src.core.mail import service as mail
from src.core.money import LARGEST_AMOUNT, minor_unit_digits
from src.core.tasks import run_in_transaction
from src.messages.reports import service as reports
from src.messages.reports.enums import ReportStatus
from src.messages.reports.schemas import ReportResolve
from src.payments import service as payments
from src.payments.payouts import service as payouts
from src.payments.payouts.schemas import PayoutPaid
from src.payments.schemas import RefundCreate, RefundPaid
from src.payments.webhooks import service as notices
from src.users import administration
from src.users.schemas import UserAdminUpdate
from src.webhooks import service as webhooks
from src.webhooks.models import WebhookEndpoint


@dataclass(frozen=True)
class Order:
    """One action on one row, by somebody, now. `row` is as it was when the form was sent."""

    principal: Principal
    row: Any
    form: Mapping[str, str]
    now: datetime


@dataclass(frozen=True)
class Action:
    name: str
    label: str
    question: str
    run: Callable[[AsyncSession, Order], Awaitable[object]]
    is_for: Callable[[Any], bool]
    fields: Mapping[str, str] = field(default_factory=dict)  # name -> label
    is_dangerous: bool = False


async def perform(database: Database, action: Action, order: Order, *, subject: str) -> None:
    """In one transaction with the record of who did it.

    Raises what the service raises, `FormExpiredError`, `AlreadyDoneError`, and `InvalidError` for a field that
    can't be read.
    """
    form_key = key_of(order.form)

    async def work(session: AsyncSession) -> None:
        is_new = await repository.insert_unless_sent(
            session,
            form_key=form_key,
            actor_id=order.principal.user_id,
            subject=subject,
            subject_id=order.row.id,
            action=action.name,
        )
        if not is_new:
            raise AlreadyDoneError
        await action.run(session, order)

    try:
        await run_in_transaction(database, work)
    except ValidationError as error:
        raise InvalidError("A field is too long or holds a character that can't be stored.") from error
    except DATABASE_ERRORS as error:
        raise translate(error) from error


async def deactivate(session: AsyncSession, order: Order) -> None:
    await _set_active(session, order, is_active=False)


async def reactivate(session: AsyncSession, order: Order) -> None:
    await _set_active(session, order, is_active=True)


async def _set_active(session: AsyncSession, order: Order, *, is_active: bool) -> None:
    await administration.update_user(
        session,
        principal=order.principal,
        user_id=order.row.id,
        changes=UserAdminUpdate(is_active=is_active),
        now=order.now,
    )


async def verify_address(session: AsyncSession, order: Order) -> None:
    await auth.vouch_for_address(session, user_id=order.row.id, now=order.now)


async def suspend_studio(session: AsyncSession, order: Order) -> None:
    await moderation.suspend(session, principal=order.principal, address_id=order.row.id)


async def lift_suspension(session: AsyncSession, order: Order) -> None:
    await moderation.lift_suspension(session, principal=order.principal, address_id=order.row.id)


async def send_mail_again(session: AsyncSession, order: Order) -> None:
    await mail.send_again(session, mail_id=order.row.id)


async def retry_event(session: AsyncSession, order: Order) -> None:
    await outbox.retry_set_aside(session, event_id=order.row.id)


async def retry_notice(session: AsyncSession, order: Order) -> None:
    await notices.retry(session, notice_id=order.row.id)


async def replay_delivery(session: AsyncSession, order: Order) -> None:
    endpoint = await session.get_one(WebhookEndpoint, order.row.endpoint_id)
    await webhooks.replay(
        session,
        principal=order.principal,
        company_id=endpoint.company_id,
        endpoint_id=endpoint.id,
        delivery_id=order.row.id,
    )


async def uphold_report(session: AsyncSession, order: Order) -> None:
    await _resolve(session, order, ReportStatus.UPHELD)


async def dismiss_report(session: AsyncSession, order: Order) -> None:
    await _resolve(session, order, ReportStatus.DISMISSED)


async def _resolve(
    session: AsyncSession, order: Order, status: Literal[ReportStatus.UPHELD, ReportStatus.DISMISSED]
) -> None:
    await reports.resolve(
        session,
        principal=order.principal,
        report_id=order.row.id,
        body=ReportResolve(status=status, resolution=order.form.get("resolution", "")),
    )


async def refund(session: AsyncSession, order: Order) -> None:
    amount = read_amount(order.form.get("amount", ""), order.row.currency)
    await payments.grant_refund(
        session,
        principal=order.principal,
        charge_id=order.row.id,
        body=RefundCreate(amount=amount, note=order.form.get("note", "")),
    )


async def mark_refund_paid(session: AsyncSession, order: Order) -> None:
    body = {name: order.form.get(name, "") for name in ("refund_id", "note")}
    await payments.mark_refund_paid(
        session, principal=order.principal, charge_id=order.row.id, body=RefundPaid.model_validate(body)
    )


async def mark_payout_paid(session: AsyncSession, order: Order) -> None:
    await payouts.mark_paid(
        session,
        principal=order.principal,
        company_id=order.row.company_id,
        payout_id=order.row.id,
        body=PayoutPaid(note=order.form.get("note", "")),
    )


async def retry_payout(session: AsyncSession, order: Order) -> None:
    await payouts.retry(
        session, principal=order.principal, company_id=order.row.company_id, payout_id=order.row.id
    )


def read_amount(text: str, currency: str) -> int:
    """Minor units of what a person writes: `12.50`. Raises `AmountUnreadableError`."""
    try:
        amount = Decimal(text.strip()).scaleb(minor_unit_digits(currency))
    except ArithmeticError as error:
        raise AmountUnreadableError from error
    if not amount.is_finite() or not 0 < amount <= LARGEST_AMOUNT or amount != amount.to_integral_value():
        raise AmountUnreadableError
    return int(amount)
