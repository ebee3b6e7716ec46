"""Which studios a company has is known above: `main` binds the answer to `app.state.find_foreign_studios`."""

from collections.abc import Sequence
from typing import Annotated, Protocol

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from src.teams.exceptions import UnknownStudioError


class FindForeignStudios(Protocol):
    async def __call__(
        self, session: AsyncSession, company_id: int, address_ids: Sequence[int], /
    ) -> list[int]:
        """Those of the ids that are no studios of the company."""
        ...


async def _request_check(request: Request) -> FindForeignStudios:
    check: FindForeignStudios = request.app.state.find_foreign_studios
    return check


FindForeignStudiosDep = Annotated[FindForeignStudios, Depends(_request_check)]


async def require_own(
    session: AsyncSession, find_foreign: FindForeignStudios, *, company_id: int, address_ids: list[int] | None
) -> None:
    """Raises `UnknownStudioError`."""
    foreign = await find_foreign(session, company_id, address_ids) if address_ids else []
    if foreign:
        raise UnknownStudioError(address_ids=foreign)
