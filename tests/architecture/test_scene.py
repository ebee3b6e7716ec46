from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.architecture.scene import taken_back

LOCKS = "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'transactionid'"


async def test_what_is_taken_back_leaves_no_locks(connection: AsyncConnection) -> None:
    for _ in range(5):
        async with taken_back(connection):
            await connection.execute(text("UPDATE countries SET name = name WHERE code = 'GB'"))
    assert await connection.scalar(text(LOCKS)) == 1  # the test's own transaction
