from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from src.core.pagination import paginate_by_cursor
from src.payments.books.schemas import BooksFilter, CompanyPaymentFilter, CompanyRefundFilter, LedgerFilter
from src.payments.enums import ChargeStatus, PayoutStatus
from src.payments.models import Charge, LedgerEntry, LedgerTransaction, Refund
from src.payments.payouts.models import Payout, PayoutItem
from src.payments.payouts.repository import Terms, is_disputed, is_ripe

RefundRow = Row[Refund, Charge]


def _wanted(
    company_id: int, wanted: BooksFilter, began_at: InstrumentedAttribute[datetime]
) -> list[ColumnElement[bool]]:
    conditions = [Charge.company_id == company_id]
    if wanted.booking_id is not None:
        conditions.append(Charge.booking_id == wanted.booking_id)
    if wanted.gateway is not None:
        conditions.append(Charge.gateway == wanted.gateway)
    if wanted.from_ is not None:
        conditions.append(began_at >= _midnight(wanted.from_))
    if wanted.to is not None:
        conditions.append(began_at < _midnight(wanted.to))
    return conditions


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def payments(company_id: int, wanted: CompanyPaymentFilter) -> Select[Charge]:
    found = select(Charge).where(*_wanted(company_id, wanted, Charge.created_at))
    return found if wanted.status is None else found.where(Charge.status == wanted.status)


def refunds(company_id: int, wanted: CompanyRefundFilter) -> Select[Refund, Charge]:
    found = select(Refund, Charge).join(Charge, Charge.id == Refund.charge_id)
    found = found.where(*_wanted(company_id, wanted, Refund.created_at))
    if wanted.status is not None:
        found = found.where(Refund.status == wanted.status)
    return found if wanted.reason is None else found.where(Refund.reason == wanted.reason)


async def count(session: AsyncSession, rows: Select[*tuple[Any, ...]], *, at_most: int | None = None) -> int:
    return await session.scalar(select(func.count()).select_from(rows.limit(at_most).subquery())) or 0


async def page(
    session: AsyncSession,
    rows: Select[*tuple[Any, ...]],
    wanted: BooksFilter,
    *,
    key: InstrumentedAttribute[int],
) -> Sequence[Any]:
    """Newest first."""
    behind = (wanted.page - 1) * wanted.size
    return (await session.execute(rows.order_by(key.desc()).limit(wanted.size).offset(behind))).all()


async def chunk(
    session: AsyncSession,
    rows: Select[*tuple[Any, ...]],
    *,
    key: InstrumentedAttribute[int],
    before: int | None,
    limit: int,
) -> Sequence[Any]:
    if before is not None:
        rows = rows.where(key < before)
    return (await session.execute(rows.order_by(key.desc()).limit(limit))).all()


async def list_transactions(
    session: AsyncSession, company_id: int, wanted: LedgerFilter
) -> tuple[Sequence[Row[LedgerTransaction, int | None, int]], str | None]:
    """Newest first, with their bookings, and the cursor of the next page."""
    found = (
        select(LedgerTransaction, Charge.booking_id)
        .outerjoin(Charge, Charge.id == LedgerTransaction.charge_id)
        .where(LedgerTransaction.company_id == company_id)
    )
    if wanted.booking_id is not None:
        found = found.where(Charge.booking_id == wanted.booking_id)
    return await paginate_by_cursor(session, found, wanted, key=LedgerTransaction.id)


async def list_entries(session: AsyncSession, transaction_ids: Sequence[int]) -> Sequence[LedgerEntry]:
    entries = select(LedgerEntry).where(LedgerEntry.transaction_id.in_(transaction_ids))
    return (await session.scalars(entries.order_by(LedgerEntry.id))).all()


async def sum_unpaid(
    session: AsyncSession, terms: Terms, company_id: int
) -> Sequence[Row[str, int, int, int, int]]:
    """What no payout has taken, by currency: available, pending, on hold, and the tax in these."""

    def total(*which: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(PayoutItem.amount).filter(*which), 0)

    unpaid = (
        select(
            PayoutItem.currency.label("currency"),
            total(is_ripe(terms), ~is_disputed()).label("available"),
            total(~is_ripe(terms), ~is_disputed()).label("pending"),
            total(is_disputed()).label("on_hold"),
            func.sum(PayoutItem.tax_amount).label("tax"),
        )
        .where(PayoutItem.company_id == company_id, PayoutItem.payout_id.is_(None))
        .group_by(PayoutItem.currency)
    )
    return (await session.execute(unpaid)).all()


async def sum_on_the_way(session: AsyncSession, company_id: int) -> dict[str, int]:
    moving = select(Payout.currency, func.sum(Payout.amount)).where(
        Payout.company_id == company_id, Payout.status != PayoutStatus.SENT
    )
    return {
        currency: int(amount) for currency, amount in await session.execute(moving.group_by(Payout.currency))
    }


async def sum_deposits(session: AsyncSession, company_id: int) -> dict[str, int]:
    """What customers have paid for what hasn't taken place yet, to the platform or to the owner."""
    left = func.sum(Charge.amount - Charge.refunded_amount - Charge.lost_amount)
    unearned = select(Charge.currency, left).where(
        Charge.company_id == company_id,
        Charge.status == ChargeStatus.SUCCEEDED,
        Charge.earned_at.is_(None),
    )
    return {
        currency: int(amount)
        for currency, amount in await session.execute(unearned.group_by(Charge.currency))
    }
