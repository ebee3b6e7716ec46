from http import HTTPStatus
from typing import Annotated

from fastapi import Query

from src.core.config import SettingsDep
from src.core.database import ReadSessionDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.idempotency import IDEMPOTENCY_ERRORS, Idempotent
from src.core.identity import AdminOnlyError, AdminPrincipalDep, PrincipalDep
from src.core.limits import LimiterDep, TooManyRequestsError
from src.core.pagination import CursorPage
from src.core.schemas import PathId
from src.messages.exceptions import MessageNotFoundError
from src.messages.reports import service
from src.messages.reports.exceptions import (
    AlreadyReportedError,
    OwnMessageError,
    ReportNotFoundError,
    ReportResolvedError,
)
from src.messages.reports.models import Report
from src.messages.reports.schemas import (
    ReportCreate,
    ReportDetails,
    ReportFilter,
    ReportRead,
    ReportReceipt,
    ReportResolve,
)

router = domain_router(tags=["messages"], prefix="/messages/reports")

_ADMIN_ERRORS = (UnauthorizedError, AdminOnlyError, ValidationFailedError)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=ReportReceipt,
    operation_id="report_message",
    dependencies=[Idempotent],
    responses=errors(
        UnauthorizedError,
        MessageNotFoundError,
        OwnMessageError,
        AlreadyReportedError,
        TooManyRequestsError,
        ValidationFailedError,
        *IDEMPOTENCY_ERRORS,
    ),
)
async def report_message(
    body: ReportCreate,
    session: SessionDep,
    principal: PrincipalDep,
    limiter: LimiterDep,
    settings: SettingsDep,
) -> Report:
    """Reports a message of the other side, and with it whoever wrote it, to the platform's administrators.

    They see it and what was written before it; the other side learns nothing of it. To hear no more of somebody,
    block them as well: `PUT /messages/conversation/{conversation_id}/block`.
    """
    return await service.report(session, principal=principal, body=body, limiter=limiter, settings=settings)


@router.get(
    "",
    response_model=CursorPage[ReportRead],
    operation_id="list_message_reports",
    responses=errors(*_ADMIN_ERRORS),
)
async def list_message_reports(
    _: AdminPrincipalDep, session: ReadSessionDep, wanted: Annotated[ReportFilter, Query()]
) -> CursorPage[ReportRead]:
    """For administrators of the platform: what was reported, newest first; `status=open` is what is to be done."""
    items, next_cursor = await service.list_reports(session, wanted=wanted)
    return CursorPage(items=items, next_cursor=next_cursor)


@router.get(
    "/{report_id}",
    response_model=ReportDetails,
    operation_id="get_message_report",
    responses=errors(*_ADMIN_ERRORS, ReportNotFoundError),
)
async def get_message_report(
    report_id: PathId, _: AdminPrincipalDep, session: ReadSessionDep
) -> ReportDetails:
    """For administrators of the platform: the report, the message, and at most twenty messages before it."""
    return await service.get_report(session, report_id=report_id)


@router.patch(
    "/{report_id}",
    response_model=ReportDetails,
    operation_id="resolve_message_report",
    responses=errors(*_ADMIN_ERRORS, ReportNotFoundError, ReportResolvedError),
)
async def resolve_message_report(
    report_id: PathId, body: ReportResolve, principal: AdminPrincipalDep, session: SessionDep
) -> ReportDetails:
    """For administrators of the platform: says what became of a report, once. Who did it is recorded.

    It does nothing by itself: an account is deactivated with `PATCH /users/{user_id}`.
    """
    return await service.resolve(session, principal=principal, report_id=report_id, body=body)
