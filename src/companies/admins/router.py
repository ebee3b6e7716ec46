from http import HTTPStatus
from typing import Annotated

from fastapi import Query

from src.companies import service as companies
from src.companies.admins import service
from src.companies.exceptions import (
    AdminNotFoundError,
    AlreadyAdminError,
    CompanyClosedError,
    CompanyNotFoundError,
    LastAdminError,
    NotCompanyAdminError,
)
from src.companies.schemas import AdminCreate, AdminRead, AuditFilter, AuditRead
from src.core.config import SettingsDep
from src.core.database import ReadSessionDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.idempotency import IDEMPOTENCY_ERRORS, Idempotent
from src.core.identity import PrincipalDep
from src.core.limits import LimiterDep, TooManyRequestsError
from src.core.pagination import CursorPage, Page, PageDep
from src.core.schemas import PathId
from src.users.exceptions import UserNotFoundError

router = domain_router(tags=["companies"], prefix="/companies/{company_id}")

ADMIN_ERRORS = (UnauthorizedError, NotCompanyAdminError, CompanyNotFoundError, ValidationFailedError)


@router.get(
    "/admins",
    response_model=Page[AdminRead],
    operation_id="list_company_admins",
    responses=errors(*ADMIN_ERRORS),
)
async def list_company_admins(
    company_id: PathId, session: ReadSessionDep, principal: PrincipalDep, page: PageDep
) -> Page[AdminRead]:
    """Who may do everything in the company, the first one first. For its admins."""
    items, total = await service.list_admins(session, principal=principal, company_id=company_id, page=page)
    return Page(items=items, total=total, page=page.page, size=page.size)


@router.post(
    "/admins",
    status_code=HTTPStatus.CREATED,
    response_model=AdminRead,
    operation_id="add_company_admin",
    dependencies=[Idempotent],
    responses=errors(
        *ADMIN_ERRORS,
        CompanyClosedError,
        UserNotFoundError,
        AlreadyAdminError,
        TooManyRequestsError,
        *IDEMPOTENCY_ERRORS,
    ),
)
async def add_company_admin(
    company_id: PathId,
    body: AdminCreate,
    session: SessionDep,
    principal: PrincipalDep,
    limiter: LimiterDep,
    settings: SettingsDep,
) -> AdminRead:
    """Makes somebody an admin: `{"email": "mira@example.com"}` or `{"user_id": 42}`.

    They need an account with a confirmed address; anybody else is 404 `user_not_found`. An hour has a limited
    number of tries by e-mail.
    """
    return await service.add_admin(
        session, principal=principal, company_id=company_id, body=body, limiter=limiter, settings=settings
    )


@router.delete(
    "/admins/{user_id}",
    status_code=HTTPStatus.NO_CONTENT,
    operation_id="remove_company_admin",
    responses=errors(*ADMIN_ERRORS, CompanyClosedError, AdminNotFoundError, LastAdminError),
)
async def remove_company_admin(
    company_id: PathId, user_id: PathId, session: SessionDep, principal: PrincipalDep
) -> None:
    """Takes the right away, from their next request on; your own as well. The last admin stays: 409 `last_admin`."""
    await service.remove_admin(session, principal=principal, company_id=company_id, user_id=user_id)


@router.get(
    "/audit",
    response_model=CursorPage[AuditRead],
    operation_id="list_audit_trail",
    responses=errors(*ADMIN_ERRORS),
)
async def list_audit_trail(
    company_id: PathId,
    wanted: Annotated[AuditFilter, Query()],
    session: ReadSessionDep,
    principal: PrincipalDep,
) -> CursorPage[AuditRead]:
    """Who changed what, newest first, for the company's admins. Nothing in it can be changed or removed.

    Filters go together: `?subject=room&subject_id=12` is everything about one room.
    `permission.overridden` is an administrator of the platform using a right that `changes` names.
    """
    items, next_cursor = await companies.list_audit_trail(
        session, principal=principal, company_id=company_id, wanted=wanted
    )
    return CursorPage(items=items, next_cursor=next_cursor)
