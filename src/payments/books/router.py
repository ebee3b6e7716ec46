from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Query, Request, Response
from fastapi.responses import StreamingResponse

from src.bookings.exceptions import TooManyRowsError
from src.companies.exceptions import CompanyNotFoundError
from src.core.config import SettingsDep
from src.core.database import DatabaseDep, ReadSessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.identity import PrincipalDep
from src.core.pagination import CursorPage, Page
from src.core.schemas import PathId
from src.payments.books import exports, service
from src.payments.books.schemas import (
    BalancesRead,
    CompanyPaymentFilter,
    CompanyPaymentRead,
    CompanyRefundFilter,
    CompanyRefundRead,
    LedgerFilter,
    TransactionRead,
)
from src.teams.exceptions import PermissionMissingError

router = domain_router(tags=["payouts"])

COMPANY_ERRORS = (UnauthorizedError, CompanyNotFoundError, PermissionMissingError, ValidationFailedError)
CSV = "text/csv"


def _or_csv(example: str) -> dict[int | str, dict[str, Any]]:
    return {
        **errors(*COMPANY_ERRORS, TooManyRowsError),
        HTTPStatus.OK: {
            "description": "A page as JSON, or with `Accept: text/csv` all of them",
            "content": {CSV: {"schema": {"type": "string"}, "example": example}},
        },
    }


@router.get(
    "/companies/{company_id}/balance",
    response_model=BalancesRead,
    operation_id="get_balance",
    responses=errors(*COMPANY_ERRORS),
)
async def get_balance(
    company_id: PathId, session: ReadSessionDep, principal: PrincipalDep, settings: SettingsDep
) -> BalancesRead:
    """What the company has earned and not got yet, computed from the ledger, for those who may see its money."""
    return await service.get_balances(session, principal=principal, settings=settings, company_id=company_id)


@router.get(
    "/companies/{company_id}/payments",
    response_model=Page[CompanyPaymentRead],
    operation_id="list_company_payments",
    responses=_or_csv(
        "payment,reference,gateway,status,currency,amount,refunded,disputed,fee,tax,"
        "paid_at,earned_at,created_at,note\r\n"
        "9,K7Q2-M4XD,stripe,succeeded,GBP,150.00,0.00,0.00,12.50,25.00,2027-02-20T10:04:00+00:00,,"
        "2027-02-20T10:02:00+00:00,\r\n"
    ),
)
async def list_company_payments(
    company_id: PathId,
    wanted: Annotated[CompanyPaymentFilter, Query()],
    database: DatabaseDep,
    principal: PrincipalDep,
    request: Request,
) -> Page[CompanyPaymentRead] | Response:
    """What customers have paid, or tried to, newest first, for those who may see the company's money.

    With `Accept: text/csv` all rows of the filter come as a spreadsheet (UTF-8 with a byte order mark, at most
    50,000): amounts in whole units, times in UTC, and no cell that a spreadsheet would run as a formula.
    """
    if CSV in request.headers.get("accept", ""):
        chunks = await exports.export_company_payments(
            database, principal=principal, company_id=company_id, wanted=wanted
        )
        return _spreadsheet(chunks, "payments.csv")
    async with database.reading() as session:
        payments, total = await service.list_company_payments(
            session, principal=principal, company_id=company_id, wanted=wanted
        )
    return Page(items=payments, total=total, page=wanted.page, size=wanted.size)


@router.get(
    "/companies/{company_id}/refunds",
    response_model=Page[CompanyRefundRead],
    operation_id="list_company_refunds",
    responses=_or_csv(
        "refund,payment,reference,gateway,status,reason,currency,amount,fee,created_at,note\r\n"
        "4,9,K7Q2-M4XD,stripe,succeeded,granted,GBP,25.00,2.08,2027-03-02T09:30:00+00:00,"
        "The piano was out of tune\r\n"
    ),
)
async def list_company_refunds(
    company_id: PathId,
    wanted: Annotated[CompanyRefundFilter, Query()],
    database: DatabaseDep,
    principal: PrincipalDep,
    request: Request,
) -> Page[CompanyRefundRead] | Response:
    """What went back to customers or is on its way, newest first; as JSON or CSV like the payments."""
    if CSV in request.headers.get("accept", ""):
        chunks = await exports.export_company_refunds(
            database, principal=principal, company_id=company_id, wanted=wanted
        )
        return _spreadsheet(chunks, "refunds.csv")
    async with database.reading() as session:
        refunds, total = await service.list_company_refunds(
            session, principal=principal, company_id=company_id, wanted=wanted
        )
    return Page(items=refunds, total=total, page=wanted.page, size=wanted.size)


def _spreadsheet(chunks: AsyncIterator[str], filename: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{filename}"',
        "Cache-Control": "private, no-store",
    }
    return StreamingResponse(chunks, media_type=f"{CSV}; charset=utf-8", headers=headers)


@router.get(
    "/companies/{company_id}/ledger",
    response_model=CursorPage[TransactionRead],
    operation_id="list_ledger",
    responses=errors(*COMPANY_ERRORS),
)
async def list_ledger(
    company_id: PathId,
    wanted: Annotated[LedgerFilter, Query()],
    session: ReadSessionDep,
    principal: PrincipalDep,
) -> CursorPage[TransactionRead]:
    """Everything that moved the company's money, in double entry: what was owed to whom, and why; newest first.

    `booking_id` tells the story of one booking. Nothing here is ever changed; a mistake is set right by another
    transaction.
    """
    transactions, next_cursor = await service.list_ledger(
        session, principal=principal, company_id=company_id, wanted=wanted
    )
    return CursorPage(items=transactions, next_cursor=next_cursor)
