from src.calendars.imports import polling
from src.core.config import get_settings
from src.core.database import Database
from src.core.tasks import database_task
from src.rooms.calendars import service as calendars


@database_task("rooms.poll_calendar_imports")
async def poll_calendar_imports(database: Database) -> int:
    return await polling.poll_due(database, settings=get_settings(), find_target=calendars.find_target)
