from http import HTTPStatus

from src.companies.exceptions import CompanyNotFoundError
from src.core.database import ReadSessionDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.identity import PrincipalDep
from src.core.pagination import Page, PageDep
from src.core.schemas import PathId
from src.teams import service
from src.teams.exceptions import (
    MemberNotFoundError,
    PermissionMissingError,
    UnknownStudioError,
)
from src.teams.schemas import MemberRead, MemberUpdate
from src.teams.studios import FindForeignStudiosDep

router = domain_router(tags=["teams"])

TEAM_ERRORS = (UnauthorizedError, PermissionMissingError, CompanyNotFoundError, ValidationFailedError)


@router.get(
    "/companies/{company_id}/team",
    response_model=Page[MemberRead],
    operation_id="list_team",
    responses=errors(*TEAM_ERRORS),
)
async def list_team(
    company_id: PathId, session: ReadSessionDep, principal: PrincipalDep, page: PageDep
) -> Page[MemberRead]:
    """Who works for the company. For its admins, and for members who aren't limited to some studios.

    Admins need not be members: see GET /companies/{id}/admins.
    """
    items, total = await service.list_members(session, principal=principal, company_id=company_id, page=page)
    return Page(items=items, total=total, page=page.page, size=page.size)


@router.patch(
    "/companies/{company_id}/team/{member_id}",
    response_model=MemberRead,
    operation_id="update_team_member",
    responses=errors(*TEAM_ERRORS, MemberNotFoundError, UnknownStudioError),
)
async def update_team_member(
    company_id: PathId,
    member_id: PathId,
    body: MemberUpdate,
    session: SessionDep,
    principal: PrincipalDep,
    find_foreign: FindForeignStudiosDep,
) -> MemberRead:
    """Another role, or other studios; counts from their next request. `"address_ids": null` is all studios.

    Managers do this for staff and professionals; only admins make, change or remove managers.
    """
    return await service.update_member(
        session,
        principal=principal,
        company_id=company_id,
        member_id=member_id,
        body=body,
        find_foreign=find_foreign,
    )


@router.delete(
    "/companies/{company_id}/team/{member_id}",
    status_code=HTTPStatus.NO_CONTENT,
    operation_id="remove_team_member",
    responses=errors(*TEAM_ERRORS, MemberNotFoundError),
)
async def remove_team_member(
    company_id: PathId, member_id: PathId, session: SessionDep, principal: PrincipalDep
) -> None:
    """They have no rights any more from their next request on. Bookings with them stay. Anybody may leave."""
    await service.remove_member(session, principal=principal, company_id=company_id, member_id=member_id)
