"""Payments and refunds of a company as spreadsheets; no connection is held while the client reads."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute

from src.bookings.exceptions import TooManyRowsError
from src.core import spreadsheet
from src.core.database import Database
from src.core.identity import Principal
from src.core.money import Money
from src.core.personal_data import written
from src.payments import policies
from src.payments.books import repository
from src.payments.books.schemas import CompanyPaymentFilter, CompanyRefundFilter
from src.payments.books.service import read_payment, read_refund
from src.payments.models import Charge, Refund

MOST_ROWS: Final = 50_000
CHUNK: Final = 1_000
PAYMENTS: Final = (
    "payment", "reference", "gateway", "status", "currency", "amount", "refunded", "disputed", "fee", "tax",
    "paid_at", "earned_at", "created_at", "note",
)  # fmt: skip
REFUNDS: Final = (
    "refund", "payment", "reference", "gateway", "status", "reason", "currency", "amount", "fee",
    "created_at", "note",
)  # fmt: skip


async def export_company_payments(
    database: Database, *, principal: Principal, company_id: int, wanted: CompanyPaymentFilter
) -> AsyncIterator[str]:
    """Raises `CompanyNotFoundError`, `PermissionMissingError`, `TooManyRowsError`, before the first chunk."""
    rows = repository.payments(company_id, wanted)
    await _require(database, principal, company_id, rows)
    return _chunks(database, rows, PAYMENTS, _payment_cells, key=Charge.id)


async def export_company_refunds(
    database: Database, *, principal: Principal, company_id: int, wanted: CompanyRefundFilter
) -> AsyncIterator[str]:
    """Raises like `export_company_payments`."""
    rows = repository.refunds(company_id, wanted)
    await _require(database, principal, company_id, rows)
    return _chunks(database, rows, REFUNDS, _refund_cells, key=Refund.id)


async def _require(
    database: Database, principal: Principal, company_id: int, rows: Select[*tuple[Any, ...]]
) -> None:
    async with database.reading() as session:
        await policies.require_money(session, principal=principal, company_id=company_id)
        if await repository.count(session, rows, at_most=MOST_ROWS + 1) > MOST_ROWS:
            raise TooManyRowsError(most_rows=MOST_ROWS)


async def _chunks(
    database: Database,
    rows: Select[*tuple[Any, ...]],
    header: Sequence[str],
    cells: Callable[[Any], Sequence[str]],
    *,
    key: InstrumentedAttribute[int],
) -> AsyncIterator[str]:
    yield spreadsheet.BYTE_ORDER_MARK + spreadsheet.lines([header])
    before: int | None = None
    for _ in range(MOST_ROWS // CHUNK):
        async with database.reading() as session:
            found = await repository.chunk(session, rows, key=key, before=before, limit=CHUNK)
        yield spreadsheet.lines(map(cells, found))
        if len(found) < CHUNK:
            break
        before = found[-1][0].id


def _payment_cells(row: Any) -> Sequence[str]:
    payment = read_payment(row.Charge)
    sums = (payment.amount, payment.refunded, payment.disputed, payment.fee, payment.tax)
    times = (payment.paid_at, payment.earned_at, payment.created_at)
    return (
        str(payment.id),
        payment.reference,
        payment.gateway,
        payment.status,
        payment.amount.currency,
        *_amounts(sums),
        *(written(instant) or "" for instant in times),
        payment.note,
    )


def _refund_cells(row: Any) -> Sequence[str]:
    refund = read_refund(row.Refund, row.Charge)
    return (
        str(refund.id),
        str(refund.charge_id),
        refund.reference,
        refund.gateway,
        refund.status,
        refund.reason,
        refund.amount.currency,
        *_amounts((refund.amount, refund.fee)),
        refund.created_at.isoformat(),
        refund.note,
    )


def _amounts(sums: Iterable[Money]) -> Iterable[str]:
    return (spreadsheet.amount(money.amount, money.currency) for money in sums)
