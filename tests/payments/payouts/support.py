"""Bookings that have taken place, and days that have passed."""

from datetime import timedelta
from typing import Any

from sqlalchemy import text

from src.core.database import Database
from tests.factories.world import Person, Studio, World, created, ok
from tests.support.worker import Worker

LONG_AGO = timedelta(days=4)  # more than PAYOUT_DELAY_DAYS


async def execute(database: Database, statement: str, **values: Any) -> Any:
    async with database.transaction() as session:
        return await session.execute(text(statement), values)


async def take_place(
    world: World, worker: Worker, booking: dict[str, Any], *, ago: timedelta = LONG_AGO
) -> None:
    """It is over since then, and worker and beat know it."""
    await world.let_it_end(booking, ago=ago)
    await worker.complete_past_bookings()
    await worker.run()


async def pay_out(worker: Worker) -> int:
    """What was sent is told after it."""
    made = await worker.create_payouts()
    for _ in range(2):
        await worker.run()
    return made


async def next_day(database: Database) -> None:
    """All payouts were made long ago, each on a day of its own."""
    await execute(database, "UPDATE payouts SET day = date '2000-01-01' + id::integer")


async def balance(studio: Studio) -> dict[str, int]:
    path = f"/companies/{studio.company['id']}/balance"
    (in_pounds,) = (await ok(studio.owner.get(path)))["balances"]
    return {name: part["amount"] for name, part in in_pounds.items() if name != "currency" and part["amount"]}


async def payouts(studio: Studio) -> list[tuple[str, int]]:
    page = await ok(studio.owner.get(f"/companies/{studio.company['id']}/payouts"))
    return [(payout["status"], payout["amount"]["amount"]) for payout in page["items"]]


async def grant(person: Person, booking: dict[str, Any], customer: Person, amount: int) -> dict[str, Any]:
    charges = (await ok(customer.get(f"/bookings/{booking['id']}/payments")))["charges"]
    return await created(person.post(f"/payments/{charges[-1]['id']}/refunds", {"amount": amount}))


async def ledger(database: Database) -> dict[str, int]:
    """Balances of the accounts that have one."""
    query = "SELECT account, sum(amount)::bigint FROM ledger_entries GROUP BY account HAVING sum(amount) <> 0"
    return dict((await execute(database, query)).all())
