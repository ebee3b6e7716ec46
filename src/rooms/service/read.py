from sqlalchemy.ext.asyncio import AsyncSession

from src.core.database import Database, FastReader, driver
from src.core.identity import Principal
from src.rooms import repository
from src.rooms.exceptions import RoomNotFoundError
from src.teams import policies as teams
from src.teams.permissions import Permission


async def get_room(database: Database, *, principal: Principal | None, room_id: int) -> str:
    """The room as JSON. Raises `RoomNotFoundError`, also where it isn't public and the principal not its owner."""
    found = await repository.find_document(FastReader(database), room_id)
    if found is None:
        raise RoomNotFoundError
    if not found["is_public"]:
        async with database.reading() as session:
            may_see = await teams.may(
                session,
                principal=principal,
                permission=Permission.SEE_STUDIO,
                company_id=found["company_id"],
                address_id=found["address_id"],
            )
        if not may_see:
            raise RoomNotFoundError
    document: str = found["document"]
    return document


async def document(session: AsyncSession, room_id: int) -> str:
    """`RoomRead` as JSON."""
    found = await repository.find_document(await driver(session), room_id)
    if found is None:
        raise RoomNotFoundError
    text: str = found["document"]
    return text
