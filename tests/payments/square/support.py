"""An owner who connects Square, a customer at Square's page, and Square telling us of it."""

from dataclasses import dataclass
from typing import Any

import httpx
from sqlalchemy import text

from src.core.config import Settings
from src.core.database import Database
from src.payments import service
from tests.factories.world import Person, Studio, created, ok
from tests.support.fakes.square import FakeSquare, sign
from tests.support.worker import Worker

WEBHOOK = "/api/v1/webhooks/square"


@dataclass
class Counter:
    client: httpx.AsyncClient
    square: FakeSquare
    database: Database
    worker: Worker
    settings: Settings
    studio: Studio
    customer: Person
    booking: dict[str, Any]

    @property
    def accounts(self) -> str:
        return f"/companies/{self.studio.company['id']}/payment-accounts"

    @property
    def path(self) -> str:
        return f"/bookings/{self.booking['id']}"

    async def begin(self) -> str:
        """Where Square sends the owner's browser after they have agreed."""
        begun = await ok(self.studio.owner.get(f"{self.accounts}/square/redirect"))
        return self.square.agree(begun["url"])

    async def connect(self) -> str:
        """All the way; returns what the site's page is opened with."""
        answer = await self.client.get(await self.begin())
        assert answer.status_code == 302, answer.text
        page, _, outcome = answer.headers["location"].partition("?square=")
        assert page == f"https://site.example/companies/{self.studio.company['id']}/payments"
        return outcome

    async def account(self) -> dict[str, Any]:
        (account,) = (await ok(self.studio.owner.get(self.accounts)))["accounts"]
        return dict(account)

    async def ask(self) -> httpx.Response:
        return await self.customer.post(f"{self.path}/checkout", {"gateway": "square"})

    async def open(self) -> str:
        """Square's name for the order whose page the customer now sees."""
        opened = await created(self.ask())
        return str(opened["url"].rpartition("/")[2])

    async def pay(self) -> str:
        """From the connection to the confirmed booking; returns the payment."""
        await self.connect()
        payment = self.square.pay(await self.open())
        await self.hear()
        return payment

    async def hear(self) -> None:
        events, self.square.events = self.square.events, []
        for event in events:
            assert (await self.deliver(event)).status_code == 204
        await self.worker.run()

    async def deliver(self, event: dict[str, Any], **signing: Any) -> httpx.Response:
        body, headers = sign(event, **signing)
        return await self.client.post(WEBHOOK, content=body, headers=headers)

    async def status(self) -> str:
        return str((await ok(self.customer.get(self.path)))["status"])

    async def payments(self) -> dict[str, Any]:
        return await ok(self.customer.get(f"{self.path}/payments"))

    async def charges(self) -> list[str]:
        return [charge["status"] for charge in (await self.payments())["charges"]]

    async def refunds(self) -> list[tuple[str, str, int]]:
        return [
            (refund["status"], refund["reason"], refund["amount"]["amount"])
            for refund in (await self.payments())["refunds"]
        ]

    async def reconcile(self) -> None:
        await self.execute("UPDATE charges SET due_at = clock_timestamp()")
        await service.reconcile_checkouts(self.database, settings=self.settings)
        await self.worker.run()

    async def execute(self, statement: str, **values: Any) -> Any:
        async with self.database.transaction() as session:
            return await session.execute(text(statement), values)

    async def ledger(self) -> dict[str, int]:
        query = "SELECT account, sum(amount)::bigint FROM ledger_entries GROUP BY account"
        return dict((await self.execute(query)).all())
