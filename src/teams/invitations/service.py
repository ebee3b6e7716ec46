"""Into a team: by a link in a mail to one address, once, within days."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from src.companies import audit
from src.companies import service as companies
from src.core import events
from src.core.config import Settings
from src.core.identity import Principal
from src.core.limits import Budget, Limiter
from src.core.pagination import PageRequest
from src.core.signing import derive_token, hash_token
from src.teams import policies, studios
from src.teams import repository as members
from src.teams.events import MemberInvited
from src.teams.exceptions import (
    AlreadyMemberError,
    InvitationExpiredError,
    InvitationForOtherAddressError,
    InvitationNotFoundError,
    InvitationUsedError,
)
from src.teams.invitations import repository
from src.teams.invitations.schemas import InvitationCreate, InvitationRead
from src.teams.models import TeamInvitation
from src.teams.permissions import Permission
from src.teams.schemas import MemberRead
from src.teams.service import as_read, make_bookable, record, require_company
from src.users import service as users

PURPOSE: Final = "team_invitation"


async def invite(
    session: AsyncSession,
    *,
    principal: Principal,
    company_id: int,
    body: InvitationCreate,
    find_foreign: studios.FindForeignStudios,
    limiter: Limiter,
    settings: Settings,
    now: datetime,
) -> TeamInvitation:
    """The same whether or not the address has an account. An open invitation of it ends.

    Raises `CompanyNotFoundError`, `PermissionMissingError`, `UnknownStudioError`, `CompanyClosedError`,
    `AlreadyMemberError`, `TooManyRequestsError`.
    """
    await require_company(session, principal=principal, company_id=company_id)
    await policies.require_handling(session, principal=principal, company_id=company_id, roles={body.role})
    await companies.require_open(session, company_id=company_id)
    await studios.require_own(session, find_foreign, company_id=company_id, address_ids=body.address_ids)
    if await members.is_member(session, company_id=company_id, email=body.email):
        raise AlreadyMemberError
    whose = str(principal.user_id)
    await limiter.spend(Budget.of(settings.team_invitation_limit, name="team_invitation", whose=whose))
    await repository.withdraw_all_to(session, company_id=company_id, email=body.email, now=now)
    invitation = await _add(session, principal, company_id, body, settings, now)
    await _record(session, principal, invitation, "invitation.sent")
    await events.publish(session, MemberInvited(invitation_id=invitation.id))
    return invitation


async def _add(
    session: AsyncSession,
    principal: Principal,
    company_id: int,
    body: InvitationCreate,
    settings: Settings,
    now: datetime,
) -> TeamInvitation:
    invitation_id = await repository.next_id(session)
    secret = settings.secret_key.get_secret_value()
    invitation = TeamInvitation(
        id=invitation_id,
        company_id=company_id,
        **body.model_dump(),
        invited_by_id=principal.user_id,
        token_hash=hash_token(derive_token(secret, purpose=PURPOSE, subject_id=invitation_id)),
        created_at=now,
        expires_at=now + timedelta(days=settings.team_invitation_days),
    )
    session.add(invitation)
    await session.flush()
    return invitation


async def find_open(
    session: AsyncSession, *, invitation_id: int
) -> tuple[TeamInvitation, dict[str, Any]] | None:
    """With what its mail says; None when it has ended."""
    invitation = await repository.find(session, invitation_id)
    if invitation is None or invitation.withdrawn_at is not None or invitation.accepted_at is not None:
        return None
    company = await companies.get_company(session, company_id=invitation.company_id)
    inviter = await users.get_user(session, user_id=invitation.invited_by_id)
    return invitation, {
        "invitation_id": invitation.id,
        "company": company.name,
        "inviter": f"{inviter.firstname} {inviter.lastname}",
        "role": invitation.role,
        "days": (invitation.expires_at - invitation.created_at).days,
    }


async def list_open(
    session: AsyncSession, *, principal: Principal, company_id: int, page: PageRequest
) -> tuple[Sequence[InvitationRead], int]:
    """Raises `CompanyNotFoundError`, `PermissionMissingError`."""
    await _require_managing(session, principal, company_id)
    invitations, total = await repository.list_open(session, company_id, page)
    return [InvitationRead.model_validate(invitation) for invitation in invitations], total


async def withdraw(
    session: AsyncSession, *, principal: Principal, company_id: int, invitation_id: int, now: datetime
) -> None:
    """Its link is dead. Raises `CompanyNotFoundError`, `PermissionMissingError`, `InvitationNotFoundError`."""
    await _require_managing(session, principal, company_id)
    invitation = await repository.find(session, invitation_id)
    if invitation is None or invitation.company_id != company_id:
        raise InvitationNotFoundError
    await policies.require_handling(
        session, principal=principal, company_id=company_id, roles={invitation.role}
    )
    if not await repository.withdraw(session, invitation_id, now):
        raise InvitationNotFoundError
    await _record(session, principal, invitation, "invitation.withdrawn")


async def accept(session: AsyncSession, *, principal: Principal, token: str, now: datetime) -> MemberRead:
    """Makes whoever has confirmed the invited address a member; of many uses at once one succeeds.

    Raises `InvitationNotFoundError`, `InvitationForOtherAddressError`, `InvitationUsedError`,
    `InvitationExpiredError`, `CompanyClosedError`, `AlreadyMemberError`.
    """
    invitation = await repository.find_by_token(session, hash_token(token))
    if invitation is None or invitation.withdrawn_at is not None:
        raise InvitationNotFoundError
    owner = await users.find_by_email(session, email=invitation.email)
    if owner is None or owner.id != principal.user_id:
        raise InvitationForOtherAddressError
    await companies.require_open(session, company_id=invitation.company_id)
    if not await repository.use(session, invitation.id, now):
        raise InvitationExpiredError if invitation.expires_at <= now else InvitationUsedError
    member = await members.join(
        session,
        company_id=invitation.company_id,
        user_id=owner.id,
        role=invitation.role,
        address_ids=invitation.address_ids,
    )
    if member is None:
        raise AlreadyMemberError
    await make_bookable(session, member)
    await session.flush()
    await record(session, principal, member, "member.joined", {"role": (None, member.role)})
    return as_read(member, owner)


async def _require_managing(session: AsyncSession, principal: Principal, company_id: int) -> None:
    await require_company(session, principal=principal, company_id=company_id)
    await policies.require(
        session,
        principal=principal,
        permission=Permission.MANAGE_TEAM,
        company_id=company_id,
        address_id=None,
    )


async def _record(
    session: AsyncSession, principal: Principal, invitation: TeamInvitation, action: str
) -> None:
    """Without the address: nothing in the trail can be forgotten."""
    await audit.record(
        session,
        principal=principal,
        company_id=invitation.company_id,
        action=action,
        subject_id=invitation.id,
        changes={"role": (None, invitation.role), "address_ids": (None, invitation.address_ids)},
    )
