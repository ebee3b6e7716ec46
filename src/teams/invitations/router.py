from http import HTTPStatus

from src.companies.exceptions import CompanyClosedError, CompanyNotFoundError
from src.core.clock import utc_now
from src.core.config import SettingsDep
from src.core.database import ReadSessionDep, SessionDep
from src.core.errors import UnauthorizedError, ValidationFailedError, errors
from src.core.http import domain_router
from src.core.idempotency import IDEMPOTENCY_ERRORS, Idempotent
from src.core.identity import PrincipalDep
from src.core.limits import LimiterDep, TooManyRequestsError
from src.core.pagination import Page, PageDep
from src.core.schemas import OpaquePath, PathId
from src.teams.exceptions import (
    AlreadyMemberError,
    InvitationExpiredError,
    InvitationForOtherAddressError,
    InvitationNotFoundError,
    InvitationPendingError,
    InvitationUsedError,
    PermissionMissingError,
    UnknownStudioError,
)
from src.teams.invitations import service
from src.teams.invitations.schemas import InvitationCreate, InvitationRead
from src.teams.models import TeamInvitation
from src.teams.schemas import MemberRead
from src.teams.studios import FindForeignStudiosDep

router = domain_router(tags=["teams"])

TEAM_ERRORS = (UnauthorizedError, PermissionMissingError, CompanyNotFoundError, ValidationFailedError)


@router.get(
    "/companies/{company_id}/team/invitations",
    response_model=Page[InvitationRead],
    operation_id="list_team_invitations",
    responses=errors(*TEAM_ERRORS),
)
async def list_team_invitations(
    company_id: PathId, session: ReadSessionDep, principal: PrincipalDep, page: PageDep
) -> Page[InvitationRead]:
    """Those that nobody has accepted yet, newest first; what is past `expires_at` has to be sent again."""
    items, total = await service.list_open(session, principal=principal, company_id=company_id, page=page)
    return Page(items=items, total=total, page=page.page, size=page.size)


@router.post(
    "/companies/{company_id}/team/invitations",
    status_code=HTTPStatus.CREATED,
    response_model=InvitationRead,
    operation_id="invite_team_member",
    dependencies=[Idempotent],
    responses=errors(
        *TEAM_ERRORS,
        CompanyClosedError,
        UnknownStudioError,
        AlreadyMemberError,
        InvitationPendingError,
        TooManyRequestsError,
        *IDEMPOTENCY_ERRORS,
    ),
)
async def invite_team_member(
    company_id: PathId,
    body: InvitationCreate,
    session: SessionDep,
    principal: PrincipalDep,
    find_foreign: FindForeignStudiosDep,
    limiter: LimiterDep,
    settings: SettingsDep,
) -> TeamInvitation:
    """Mails a link that works once, for 7 days, and only for whoever has confirmed this address.

    Inviting an address again sends a new link, and the one before is dead. Only admins invite managers.
    """
    return await service.invite(
        session,
        principal=principal,
        company_id=company_id,
        body=body,
        find_foreign=find_foreign,
        limiter=limiter,
        settings=settings,
        now=utc_now(),
    )


@router.delete(
    "/companies/{company_id}/team/invitations/{invitation_id}",
    status_code=HTTPStatus.NO_CONTENT,
    operation_id="withdraw_team_invitation",
    responses=errors(*TEAM_ERRORS, InvitationNotFoundError),
)
async def withdraw_team_invitation(
    company_id: PathId, invitation_id: PathId, session: SessionDep, principal: PrincipalDep
) -> None:
    """Its link is dead from now on."""
    await service.withdraw(
        session, principal=principal, company_id=company_id, invitation_id=invitation_id, now=utc_now()
    )


@router.post(
    "/team/invitations/{token}/accept",
    status_code=HTTPStatus.CREATED,
    response_model=MemberRead,
    operation_id="accept_team_invitation",
    dependencies=[Idempotent],
    responses=errors(
        UnauthorizedError,
        InvitationForOtherAddressError,
        InvitationNotFoundError,
        InvitationUsedError,
        InvitationExpiredError,
        CompanyClosedError,
        AlreadyMemberError,
        ValidationFailedError,
        *IDEMPOTENCY_ERRORS,
    ),
)
async def accept_team_invitation(
    token: OpaquePath, session: SessionDep, principal: PrincipalDep
) -> MemberRead:
    """Joins the team. `token` is the last part of the link in the mail.

    Who has no account yet registers with the invited address and confirms it, then comes back to the link.
    Logged in with another address it is 403 `invitation_for_other_address`.
    """
    return await service.accept(session, principal=principal, token=token, now=utc_now())
