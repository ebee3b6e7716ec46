from src.agreements import service
from src.core.database import Database
from src.core.tasks import database_task


@database_task("agreements.draw_up_due")
async def draw_up_due(database: Database) -> int:
    return await service.draw_up_due(database)
