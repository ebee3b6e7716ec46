from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, Select, case, exists, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from src.companies.models import Company
from src.core.pagination import PageRequest
from src.payments.disputes.models import Dispute
from src.payments.enums import Account, PayoutStatus
from src.payments.gateways.base import DisputeStatus
from src.payments.models import Charge, LedgerEntry, LedgerTransaction
from src.payments.payouts.models import Payout, PayoutItem
from src.payments.payouts.schemas import PayoutFilter
from src.payments.transfers.models import Transfer


@dataclass(frozen=True, slots=True)
class Terms:
    """When what was earned is paid out, and how much at least, in minor units."""

    delay: timedelta
    minimum: int


def is_disputed() -> ColumnElement[bool]:
    return exists().where(Dispute.charge_id == PayoutItem.charge_id, Dispute.status == DisputeStatus.OPEN)


def is_ripe(terms: Terms) -> ColumnElement[bool]:
    return PayoutItem.earned_at <= func.clock_timestamp() - terms.delay


def _is_due(terms: Terms) -> ColumnElement[bool]:
    return PayoutItem.payout_id.is_(None) & is_ripe(terms) & ~is_disputed()


async def list_due(session: AsyncSession, terms: Terms, *, limit: int) -> Sequence[Row[int, str]]:
    """Companies and currencies of which enough is due, and nothing was paid out today.

    Of a closed company anything is enough.
    """
    least = case((Company.deactivated_at.is_(None), terms.minimum), else_=1)
    today = exists().where(
        Payout.company_id == PayoutItem.company_id,
        Payout.currency == PayoutItem.currency,
        Payout.day == func.timezone("UTC", func.clock_timestamp()).cast(Payout.day.type),
    )
    due = (
        select(PayoutItem.company_id, PayoutItem.currency)
        .join(Company, Company.id == PayoutItem.company_id)
        .where(_is_due(terms), ~today)
        .group_by(PayoutItem.company_id, PayoutItem.currency, Company.deactivated_at)
        .having(func.sum(PayoutItem.amount) >= least)
        .order_by(PayoutItem.company_id)
        .limit(limit)
    )
    return (await session.execute(due)).all()


async def lock_due_charges(
    session: AsyncSession, terms: Terms, *, company_id: int, currency: str
) -> Sequence[int]:
    """Whoever gives money back, or takes it back, waits for the payout or is part of it."""
    of_items = select(PayoutItem.charge_id).where(
        PayoutItem.company_id == company_id, PayoutItem.currency == currency, _is_due(terms)
    )
    charges = select(Charge.id).where(Charge.id.in_(of_items)).order_by(Charge.id).with_for_update()
    return (await session.scalars(charges)).all()


async def list_due_items(
    session: AsyncSession, terms: Terms, *, charge_ids: Sequence[int]
) -> Sequence[PayoutItem]:
    """As they are now that the charges are locked."""
    items = select(PayoutItem).where(PayoutItem.charge_id.in_(charge_ids), _is_due(terms))
    return (await session.scalars(items.order_by(PayoutItem.id))).all()


async def find_failed(session: AsyncSession, payout_id: int) -> Row[Payout, Company, int] | None:
    """With its company, and how often its gateway has refused it."""
    found = (
        select(Payout, Company, Transfer.refusals)
        .join(Company, Company.id == Payout.company_id)
        .join(Transfer, Transfer.payout_id == Payout.id)
        .where(Payout.id == payout_id, Payout.status == PayoutStatus.FAILED)
    )
    return (await session.execute(found)).one_or_none()


async def add(session: AsyncSession, **values: Any) -> Payout | None:
    """None when the company has had its payout of today."""
    new = insert(Payout).values(**values)
    once = new.on_conflict_do_nothing(index_elements=[Payout.company_id, Payout.currency, Payout.day])
    return (await session.scalars(once.returning(Payout))).one_or_none()


async def take_items(session: AsyncSession, payout: Payout, item_ids: Sequence[int]) -> None:
    taken = update(PayoutItem).where(PayoutItem.id.in_(item_ids)).values(payout_id=payout.id)
    await session.execute(taken)


async def has_dispute(session: AsyncSession, payout_id: int) -> bool:
    """Whether a bank disputes a payment of it."""
    disputed = exists().where(PayoutItem.payout_id == payout_id, is_disputed())
    return bool(await session.scalar(select(disputed)))


def _payouts() -> Select[Payout, int | None, bool]:
    """With the transfer that sends it, and whether a bank disputes a payment of it that hasn't gone out."""
    disputed = exists().where(PayoutItem.payout_id == Payout.id, is_disputed())
    return select(
        Payout,
        Transfer.id.label("transfer_id"),
        (disputed & (Payout.status != PayoutStatus.SENT)).label("is_disputed"),
    ).outerjoin(Transfer, Transfer.payout_id == Payout.id)


PayoutRow = Row[Payout, int | None, bool]


async def list_of_company(
    session: AsyncSession, company_id: int, wanted: PayoutFilter
) -> tuple[Sequence[PayoutRow], int]:
    return await _page(session, _payouts().where(Payout.company_id == company_id), wanted)


async def list_waiting(session: AsyncSession, page: PageRequest) -> tuple[Sequence[PayoutRow], int]:
    """Those that no gateway sends, or that it has refused; oldest first."""
    no_gateway_sends = Transfer.id.is_(None) | (Payout.status == PayoutStatus.FAILED)
    rows = _payouts().where(Payout.status != PayoutStatus.SENT, no_gateway_sends)
    total = await session.scalar(select(func.count()).select_from(rows.subquery()))
    found = await session.execute(rows.order_by(Payout.id).limit(page.size).offset(page.offset))
    return found.all(), total or 0


async def _page(
    session: AsyncSession, rows: Select[Payout, int | None, bool], wanted: PayoutFilter
) -> tuple[Sequence[PayoutRow], int]:
    if wanted.status is not None:
        rows = rows.where(Payout.status == wanted.status)
    total = await session.scalar(select(func.count()).select_from(rows.subquery()))
    page = rows.order_by(Payout.id.desc()).limit(wanted.size).offset((wanted.page - 1) * wanted.size)
    return (await session.execute(page)).all(), total or 0


async def find_of_company(
    session: AsyncSession, *, company_id: int, payout_id: int, is_locked: bool = False
) -> PayoutRow | None:
    found = _payouts().where(Payout.id == payout_id, Payout.company_id == company_id)
    if is_locked:
        found = found.with_for_update(of=Payout)
    return (await session.execute(found.execution_options(populate_existing=True))).one_or_none()


ItemRow = Row[PayoutItem, LedgerTransaction, int, int]


def _items(payout_id: int) -> Select[PayoutItem, LedgerTransaction, int, int]:
    """Of each transaction the booking and our fee."""
    fee = (
        select(func.coalesce(-func.sum(LedgerEntry.amount), literal(0, Integer)))
        .where(
            LedgerEntry.transaction_id == PayoutItem.transaction_id,
            LedgerEntry.account == Account.PLATFORM_REVENUE,
        )
        .scalar_subquery()
    )
    return (
        select(PayoutItem, LedgerTransaction, Charge.booking_id, fee.label("fee_amount"))
        .join(LedgerTransaction, LedgerTransaction.id == PayoutItem.transaction_id)
        .join(Charge, Charge.id == PayoutItem.charge_id)
        .where(PayoutItem.payout_id == payout_id)
        .order_by(PayoutItem.id)
    )


async def list_items(session: AsyncSession, payout_id: int) -> Sequence[ItemRow]:
    return (await session.execute(_items(payout_id))).all()


async def page_items(
    session: AsyncSession, payout_id: int, page: PageRequest
) -> tuple[Sequence[ItemRow], int]:
    of_payout = select(func.count()).where(PayoutItem.payout_id == payout_id)
    rows = await session.execute(_items(payout_id).limit(page.size).offset(page.offset))
    return rows.all(), await session.scalar(of_payout) or 0
