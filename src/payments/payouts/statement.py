"""The statement of a payout: every transaction that it is made of, as PDF for people and as CSV for their books."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from src.companies import service as companies
from src.core import money, spreadsheet
from src.core.database import Database
from src.core.identity import Principal
from src.core.lettering import printable
from src.core.typesetting import typeset
from src.payments.enums import PayoutStatus
from src.payments.payouts import repository
from src.payments.payouts.reading import read_item
from src.payments.payouts.schemas import PayoutItemRead, PayoutRead
from src.payments.payouts.service import get_payout

HEADER: Final = (
    "date", "reference", "explanation", "currency", "gross", "fee", "amount", "tax",
)  # fmt: skip


async def as_pdf(database: Database, *, principal: Principal, company_id: int, payout_id: int) -> bytes:
    """Raises `CompanyNotFoundError`, `PermissionMissingError`, `PayoutNotFoundError`."""
    async with database.reading() as session:
        payout = await get_payout(session, principal=principal, company_id=company_id, payout_id=payout_id)
        company = await companies.get_company(session, company_id=company_id)
        items = [read_item(row) for row in await repository.list_items(session, payout_id)]
    content = _content(payout, items) | {"company": printable(company.name)}
    moment = (payout.sent_at or payout.created_at).replace(microsecond=0)
    return await typeset("payments/statement.typ", moment=moment, inputs={"statement": content})


async def as_csv(database: Database, *, principal: Principal, company_id: int, payout_id: int) -> str:
    """Raises like `as_pdf`."""
    async with database.reading() as session:
        payout = await get_payout(session, principal=principal, company_id=company_id, payout_id=payout_id)
        items = [read_item(row) for row in await repository.list_items(session, payout_id)]
    currency = payout.amount.currency
    rows = (
        (
            item.created_at.isoformat(),
            item.reference,
            item.explanation,
            currency,
            *(
                spreadsheet.amount(part.amount, currency)
                for part in (item.gross, item.fee, item.amount, item.tax)
            ),
        )
        for item in items
    )
    return spreadsheet.BYTE_ORDER_MARK + spreadsheet.lines([HEADER, *rows])


def _content(payout: PayoutRead, items: Sequence[PayoutItemRead]) -> dict[str, Any]:
    currency = payout.amount.currency

    def shown(amount: int) -> str:
        return money.display(amount, currency)

    return {
        "title": f"Payout {payout.id}",
        "number": str(payout.id),
        "day": _date(payout.created_at),
        "amount": shown(payout.amount.amount),
        "tax": shown(payout.tax.amount),
        "gross": shown(sum(item.gross.amount for item in items)),
        "fee": shown(sum(item.fee.amount for item in items)),
        "state": _state(payout),
        "items": [
            {
                "date": _date(item.created_at),
                "what": item.explanation,
                "gross": shown(item.gross.amount),
                "fee": shown(item.fee.amount),
                "amount": shown(item.amount.amount),
            }
            for item in items
        ],
    }


def _state(payout: PayoutRead) -> str:
    if payout.status is PayoutStatus.SENT and payout.sent_at is not None:
        return f"sent on {_date(payout.sent_at)}" + (f", {printable(payout.note)}" if payout.note else "")
    if payout.status is PayoutStatus.FAILED:
        return "could not be sent yet"
    return "waits until a dispute is decided" if payout.is_on_hold else "on its way"


def _date(instant: datetime) -> str:
    return instant.astimezone(UTC).date().isoformat()
