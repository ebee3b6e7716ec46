from http import HTTPStatus
from typing import Annotated

from fastapi import Query, Request, Response

from src.companies.exceptions import CompanyNotFoundError
from src.core.database import DatabaseDep, ReadSessionDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.idempotency import IDEMPOTENCY_ERRORS, Idempotent
from src.core.identity import AdminOnlyError, PrincipalDep
from src.core.pagination import Page, PageDep
from src.core.schemas import PathId
from src.payments.payouts import service, statement
from src.payments.payouts.exceptions import (
    PayoutNotByHandError,
    PayoutNotFoundError,
    PayoutOnHoldError,
    PayoutSentError,
)
from src.payments.payouts.schemas import PayoutFilter, PayoutItemRead, PayoutPaid, PayoutRead
from src.teams.exceptions import PermissionMissingError

router = domain_router(tags=["payouts"])

COMPANY_ERRORS = (UnauthorizedError, CompanyNotFoundError, PermissionMissingError, ValidationFailedError)
CSV, PDF = "text/csv", "application/pdf"
_CSV_EXAMPLE = (
    "date,reference,explanation,currency,gross,fee,amount,tax\r\n"
    '2027-03-01T21:00:30+00:00,K7Q2-M4XD,"Booking K7Q2-M4XD has taken place, or what was kept of it is due",'
    "GBP,150.00,15.00,135.00,22.50\r\n"
)


@router.get(
    "/payouts",
    response_model=Page[PayoutRead],
    operation_id="list_payouts_to_pay",
    responses=errors(UnauthorizedError, AdminOnlyError, ValidationFailedError),
)
async def list_payouts_to_pay(
    session: ReadSessionDep, principal: PrincipalDep, page: PageDep
) -> Page[PayoutRead]:
    """For the platform's admins: payouts of companies that no gateway can pay, which wait for a bank transfer, and
    those that their gateway has refused (`failed`), oldest first. What is `pending` and `is_on_hold` is not to be
    paid yet.
    """
    payouts, total = await service.list_payouts_to_pay(session, principal=principal, page=page)
    return Page(items=payouts, total=total, page=page.page, size=page.size)


@router.get(
    "/companies/{company_id}/payouts",
    response_model=Page[PayoutRead],
    operation_id="list_payouts",
    responses=errors(*COMPANY_ERRORS),
)
async def list_payouts(
    company_id: PathId,
    wanted: Annotated[PayoutFilter, Query()],
    session: ReadSessionDep,
    principal: PrincipalDep,
) -> Page[PayoutRead]:
    """What the company was paid out and what is on its way, newest first, for those who may see its money.

    One a day at most: some days after a booking has taken place its money goes out, as soon as it is enough.
    """
    payouts, total = await service.list_payouts(
        session, principal=principal, company_id=company_id, wanted=wanted
    )
    return Page(items=payouts, total=total, page=wanted.page, size=wanted.size)


@router.get(
    "/companies/{company_id}/payouts/{payout_id}",
    response_model=PayoutRead,
    operation_id="get_payout",
    responses=errors(*COMPANY_ERRORS, PayoutNotFoundError),
)
async def get_payout(
    company_id: PathId, payout_id: PathId, session: ReadSessionDep, principal: PrincipalDep
) -> PayoutRead:
    """One payout; what it is made of is at `…/items`, and on its statement."""
    return await service.get_payout(session, principal=principal, company_id=company_id, payout_id=payout_id)


@router.get(
    "/companies/{company_id}/payouts/{payout_id}/items",
    response_model=Page[PayoutItemRead],
    operation_id="list_payout_items",
    responses=errors(*COMPANY_ERRORS, PayoutNotFoundError),
)
async def list_payout_items(
    company_id: PathId,
    payout_id: PathId,
    session: ReadSessionDep,
    principal: PrincipalDep,
    page: PageDep,
) -> Page[PayoutItemRead]:
    """Every booking, refund and fee that the payout is the sum of, in the order in which they happened."""
    items, total = await service.list_items(
        session, principal=principal, company_id=company_id, payout_id=payout_id, page=page
    )
    return Page(items=items, total=total, page=page.page, size=page.size)


@router.get(
    "/companies/{company_id}/payouts/{payout_id}/statement",
    response_class=Response,
    operation_id="download_payout_statement",
    responses={
        **errors(*COMPANY_ERRORS, PayoutNotFoundError),
        HTTPStatus.OK: {
            "description": "The statement as PDF, or with `Accept: text/csv` as a spreadsheet",
            "content": {
                PDF: {"schema": {"type": "string", "format": "binary"}, "example": "%PDF-1.7 …"},
                CSV: {"schema": {"type": "string"}, "example": _CSV_EXAMPLE},
            },
        },
    },
)
async def download_payout_statement(
    company_id: PathId, payout_id: PathId, database: DatabaseDep, principal: PrincipalDep, request: Request
) -> Response:
    """The payout for the company's books: every item with gross, fee, what the company got, and the tax in it.

    A PDF, or with `Accept: text/csv` a spreadsheet (UTF-8 with a byte order mark, amounts in whole units).
    """
    if CSV in request.headers.get("accept", ""):
        text = await statement.as_csv(
            database, principal=principal, company_id=company_id, payout_id=payout_id
        )
        return _download(text, f"{CSV}; charset=utf-8", f"payout-{payout_id}.csv")
    pdf = await statement.as_pdf(database, principal=principal, company_id=company_id, payout_id=payout_id)
    return _download(pdf, PDF, f"payout-{payout_id}.pdf")


def _download(content: bytes | str, media_type: str, filename: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{filename}"',
        "Cache-Control": "private, no-store",
    }
    return Response(content, media_type=media_type, headers=headers)


@router.post(
    "/companies/{company_id}/payouts/{payout_id}/mark-paid",
    response_model=PayoutRead,
    operation_id="mark_payout_paid",
    dependencies=[Idempotent],
    responses=errors(
        UnauthorizedError,
        AdminOnlyError,
        PayoutNotFoundError,
        PayoutNotByHandError,
        PayoutSentError,
        PayoutOnHoldError,
        ValidationFailedError,
        *IDEMPOTENCY_ERRORS,
    ),
)
async def mark_payout_paid(
    company_id: PathId, payout_id: PathId, body: PayoutPaid, session: SessionDep, principal: PrincipalDep
) -> PayoutRead:
    """For the platform's admins: this payout has left the platform's bank. The company's admins get a mail.

    Only payouts that `is_by_hand` or have `failed`, once, and none of which a bank disputes a payment.
    """
    return await service.mark_paid(
        session, principal=principal, company_id=company_id, payout_id=payout_id, body=body
    )
