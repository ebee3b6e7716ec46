"""Closing a company. What stands against it, and what else has to end, is known above: `main` binds the table."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from src.companies import audit
from src.companies.exceptions import CompanyInUseError
from src.companies.service import get_managed_company
from src.core.identity import Principal
from src.core.personal_data import Obstacle

FindObstacles = Callable[[AsyncSession, int], Awaitable[Sequence[Obstacle]]]
EndWhatBelongs = Callable[[AsyncSession, Principal, int], Awaitable[None]]


@dataclass(frozen=True)
class CompanyClosing:
    """Both get the id of the company, in the transaction that closes it, its row locked."""

    obstacles: Sequence[FindObstacles]
    ends: Sequence[EndWhatBelongs]


async def _request_closing(request: Request) -> CompanyClosing:
    closing: CompanyClosing = request.app.state.company_closing
    return closing


CompanyClosingDep = Annotated[CompanyClosing, Depends(_request_closing)]


async def close_company(
    session: AsyncSession, *, principal: Principal, company_id: int, closing: CompanyClosing, now: datetime
) -> None:
    """Takes it off the market at once and for good; its history stays.

    Raises those of `get_managed_company`, `CompanyInUseError`.
    """
    company = await get_managed_company(session, principal=principal, company_id=company_id)
    obstacles = [found for find in closing.obstacles for found in await find(session, company.id)]
    if obstacles:
        raise CompanyInUseError(reasons=[obstacle.model_dump() for obstacle in obstacles])
    changes = audit.apply(company, {"deactivated_at": now})
    await session.flush()
    for end in closing.ends:
        await end(session, principal, company.id)
    await audit.record(
        session,
        principal=principal,
        company_id=company.id,
        action="company.closed",
        subject_id=company.id,
        changes=changes,
    )
