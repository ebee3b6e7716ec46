"""What owners see of their money: the balance, payments, refunds and the ledger. For who may see all of it."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import reference
from src.companies import service as companies
from src.core.config import Settings
from src.core.identity import Principal
from src.core.money import Money
from src.payments import policies
from src.payments.books import repository
from src.payments.books.schemas import (
    BalanceRead,
    BalancesRead,
    CompanyPaymentFilter,
    CompanyPaymentRead,
    CompanyRefundFilter,
    CompanyRefundRead,
    EntryRead,
    LedgerFilter,
    TransactionRead,
)
from src.payments.models import Charge, Refund
from src.payments.payouts.service import terms_of


async def get_balances(
    session: AsyncSession, *, principal: Principal, settings: Settings, company_id: int
) -> BalancesRead:
    """Raises `CompanyNotFoundError`, `PermissionMissingError`."""
    await policies.require_money(session, principal=principal, company_id=company_id)
    company = await companies.get_company(session, company_id=company_id)
    unpaid = {
        row.currency: row for row in await repository.sum_unpaid(session, terms_of(settings), company_id)
    }
    moving = await repository.sum_on_the_way(session, company_id)
    deposits = await repository.sum_deposits(session, company_id)
    others = sorted({*unpaid, *moving, *deposits} - {company.currency})
    return BalancesRead(
        balances=[
            BalanceRead(
                currency=currency,
                **{
                    name: Money(amount=getattr(unpaid.get(currency), name, 0), currency=currency)
                    for name in ("available", "pending", "on_hold", "tax")
                },
                on_the_way=Money(amount=moving.get(currency, 0), currency=currency),
                deposits=Money(amount=deposits.get(currency, 0), currency=currency),
            )
            for currency in [company.currency, *others]
        ]
    )


async def list_company_payments(
    session: AsyncSession, *, principal: Principal, company_id: int, wanted: CompanyPaymentFilter
) -> tuple[Sequence[CompanyPaymentRead], int]:
    """Newest first. Raises `CompanyNotFoundError`, `PermissionMissingError`."""
    await policies.require_money(session, principal=principal, company_id=company_id)
    rows = repository.payments(company_id, wanted)
    found = await repository.page(session, rows, wanted, key=Charge.id)
    return [read_payment(charge) for (charge,) in found], await repository.count(session, rows)


async def list_company_refunds(
    session: AsyncSession, *, principal: Principal, company_id: int, wanted: CompanyRefundFilter
) -> tuple[Sequence[CompanyRefundRead], int]:
    """Newest first. Raises `CompanyNotFoundError`, `PermissionMissingError`."""
    await policies.require_money(session, principal=principal, company_id=company_id)
    rows = repository.refunds(company_id, wanted)
    found = await repository.page(session, rows, wanted, key=Refund.id)
    return [read_refund(*row) for row in found], await repository.count(session, rows)


async def list_ledger(
    session: AsyncSession, *, principal: Principal, company_id: int, wanted: LedgerFilter
) -> tuple[Sequence[TransactionRead], str | None]:
    """Newest first, and the next cursor. Raises `CompanyNotFoundError`, `PermissionMissingError`."""
    await policies.require_money(session, principal=principal, company_id=company_id)
    rows, next_cursor = await repository.list_transactions(session, company_id, wanted)
    entries: dict[int, list[EntryRead]] = defaultdict(list)
    for entry in await repository.list_entries(session, [row.LedgerTransaction.id for row in rows]):
        amount = Money(amount=entry.amount, currency=entry.currency)
        entries[entry.transaction_id].append(EntryRead(account=entry.account, amount=amount))
    transactions = [
        TransactionRead(
            id=row.LedgerTransaction.id,
            booking_id=row.booking_id,
            explanation=row.LedgerTransaction.explanation,
            entries=entries[row.LedgerTransaction.id],
            created_at=row.LedgerTransaction.created_at,
        )
        for row in rows
    ]
    return transactions, next_cursor


def read_payment(charge: Charge) -> CompanyPaymentRead:
    def money(amount: int) -> Money:
        return Money(amount=amount, currency=charge.currency)

    return CompanyPaymentRead(
        id=charge.id,
        booking_id=charge.booking_id,
        reference=reference.encode(charge.booking_id),
        gateway=charge.gateway,
        status=charge.status,
        amount=money(charge.amount),
        refunded=money(charge.refunded_amount),
        disputed=money(charge.lost_amount),
        fee=money(charge.fee_amount),
        tax=money(charge.tax_amount),
        note=charge.note,
        paid_at=charge.paid_at,
        earned_at=charge.earned_at,
        created_at=charge.created_at,
    )


def read_refund(refund: Refund, charge: Charge) -> CompanyRefundRead:
    return CompanyRefundRead(
        id=refund.id,
        charge_id=charge.id,
        booking_id=charge.booking_id,
        reference=reference.encode(charge.booking_id),
        gateway=charge.gateway,
        status=refund.status,
        reason=refund.reason,
        amount=Money(amount=refund.amount, currency=charge.currency),
        fee=Money(amount=refund.fee_amount, currency=charge.currency),
        note=refund.note,
        created_at=refund.created_at,
    )
