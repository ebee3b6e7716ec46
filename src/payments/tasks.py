from src.core.config import get_settings
from src.core.database import Database
from src.core.tasks import database_task
from src.payments import service


@database_task("payments.carry_out_refunds")
async def carry_out_refunds(database: Database) -> int:
    return await service.carry_out_refunds(database, settings=get_settings())
