"""What all domains together know about a person. None knows the others: `main` binds the table of their parts."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncSession


class Obstacle(BaseModel):
    """Why an account can't be deleted yet."""

    code: str = Field(description="Stable; branch on this", examples=["upcoming_bookings"])
    detail: str = Field(examples=["You have bookings that are not over; cancel them first."])
    ids: list[int] = Field(description="Of the bookings, companies, …", examples=[[1042]])


# Both get the id of the user. What is exported is JSON as the client gets it.
Export = Callable[[AsyncSession, int], Awaitable[Any]]
FindObstacles = Callable[[AsyncSession, int], Awaitable[Sequence[Obstacle]]]
Forget = Callable[[AsyncSession, int], Awaitable[None]]


def written(instant: datetime | None) -> str | None:
    """As every answer has it: ISO 8601 with its offset."""
    return instant.isoformat() if instant else None


@dataclass(frozen=True)
class PersonalData:
    exports: Mapping[str, Export]
    obstacles: Sequence[FindObstacles]
    # What has to be found by who the person is, before their row is anonymous; the rest follows by `UserDeleted`.
    forgets: Sequence[Forget] = ()

    async def export(self, session: AsyncSession, *, user_id: int) -> dict[str, Any]:
        return {name: await part(session, user_id) for name, part in self.exports.items()}

    async def find_obstacles(self, session: AsyncSession, *, user_id: int) -> list[Obstacle]:
        return [obstacle for find in self.obstacles for obstacle in await find(session, user_id)]

    async def forget(self, session: AsyncSession, *, user_id: int) -> None:
        for forget in self.forgets:
            await forget(session, user_id)


async def _request_personal_data(request: Request) -> PersonalData:
    data: PersonalData = request.app.state.personal_data
    return data


PersonalDataDep = Annotated[PersonalData, Depends(_request_personal_data)]
