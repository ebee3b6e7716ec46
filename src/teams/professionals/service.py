"""Professionals: members whose time is booked. When they work, and what they do for how much."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from src.companies import service as companies
from src.core.identity import Principal
from src.core.money import Money
from src.teams import policies
from src.teams import repository as members
from src.teams.enums import TeamRole
from src.teams.exceptions import MemberNotFoundError, NotAProfessionalError, ProfessionalNotFoundError
from src.teams.models import TeamMember
from src.teams.professionals import repository
from src.teams.professionals.hours import WorkingHours, refuse_overlaps
from src.teams.professionals.schemas import (
    ProfessionalRead,
    ServiceRead,
    ServicesUpdate,
    WorkingHoursRead,
    WorkingHoursUpdate,
)
from src.teams.service import record


async def get_professional(session: AsyncSession, *, member_id: int) -> ProfessionalRead:
    """Raises `ProfessionalNotFoundError`, also for other members, and for those of a closed company."""
    found = await repository.find_open(session, member_id)
    if found is None:
        raise ProfessionalNotFoundError
    member, user, currency = found
    return ProfessionalRead(
        id=member.id,
        company_id=member.company_id,
        firstname=user.firstname,
        photo=user.photo,
        bio=user.bio,
        address_ids=member.address_ids,
        hours=[
            WorkingHoursRead.model_validate(entry)
            for entry in await repository.list_hours(session, member.id)
        ],
        services=[
            ServiceRead(
                id=service.id,
                name=service.name,
                minutes=service.minutes,
                price=Money(amount=service.amount, currency=currency),
            )
            for service in await repository.list_services(session, member.id)
        ],
    )


async def replace_hours(
    session: AsyncSession, *, principal: Principal, member_id: int, body: WorkingHoursUpdate
) -> ProfessionalRead:
    """Replaces the whole weekly plan. Raises those of `get_own_professional`, `OverlappingWorkingHoursError`."""
    member = await get_own_professional(session, principal=principal, member_id=member_id)
    hours = [entry.model_dump() for entry in body.hours]
    refuse_overlaps([WorkingHours(**entry) for entry in hours])
    before = [_as_text(entry) for entry in await repository.list_hours(session, member.id)]
    await repository.replace_hours(session, member.id, hours)
    after = [_as_text(entry) for entry in await repository.list_hours(session, member.id)]
    await record(session, principal, member, "member.hours_replaced", {"hours": (before, after)})
    return await get_professional(session, member_id=member.id)


async def replace_services(
    session: AsyncSession, *, principal: Principal, member_id: int, body: ServicesUpdate
) -> ProfessionalRead:
    """Replaces all of them; one whose name stays keeps its id. Raises those of `get_own_professional`."""
    member = await get_own_professional(session, principal=principal, member_id=member_id)
    before = await _prices(session, member.id)
    await repository.replace_services(session, member.id, [entry.model_dump() for entry in body.services])
    after = await _prices(session, member.id)
    await record(session, principal, member, "member.services_replaced", {"services": (before, after)})
    return await get_professional(session, member_id=member.id)


async def get_own_professional(session: AsyncSession, *, principal: Principal, member_id: int) -> TeamMember:
    """A professional whom the principal looks after, the row locked; the company stays open meanwhile.

    Raises `MemberNotFoundError`, `PermissionMissingError`, `NotAProfessionalError`, `CompanyClosedError`.
    """
    found = await members.find_member_locked(session, member_id)
    if found is None:
        raise MemberNotFoundError
    member = found[0]
    await policies.require_self_or_handling(session, principal=principal, member=member)
    if member.role is not TeamRole.PROFESSIONAL:
        raise NotAProfessionalError
    await companies.require_open(session, company_id=member.company_id)
    return member


def _as_text(entry: Any) -> str:
    read = WorkingHoursRead.model_validate(entry).model_dump(mode="json")
    return f"{read['weekday']} {read['opens']}-{read['closes']}"


async def _prices(session: AsyncSession, member_id: int) -> list[dict[str, Any]]:
    return [
        {"name": service.name, "minutes": service.minutes, "amount": service.amount}
        for service in await repository.list_services(session, member_id)
    ]
