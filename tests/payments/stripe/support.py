"""A customer at Stripe's page, and Stripe telling us of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from sqlalchemy import text

from src.core.config import Settings
from src.core.database import Database
from src.payments import service
from tests.admin.support import Staff
from tests.factories.world import Person, Studio, created, ok
from tests.support.fakes.stripe import FakeStripe, sign
from tests.support.worker import Worker

WEBHOOK = "/api/v1/webhooks/stripe"


@dataclass
class Till:
    client: httpx.AsyncClient
    stripe: FakeStripe
    database: Database
    worker: Worker
    settings: Settings
    customer: Person
    booking: dict[str, Any]

    @property
    def path(self) -> str:
        return f"/bookings/{self.booking['id']}"

    async def ask(self) -> httpx.Response:
        return await self.customer.post(f"{self.path}/checkout", {"gateway": "stripe"})

    async def open(self) -> str:
        """Stripe's name for the session whose page the customer now sees."""
        opened = await created(self.ask())
        return str(opened["url"].rpartition("/")[2])

    async def pay(self) -> str:
        """All the way; returns the session."""
        ref = await self.open()
        self.stripe.pay(ref)
        await self.hear()
        return ref

    async def hear(self, events: Sequence[dict[str, Any]] | None = None) -> None:
        """Stripe delivers what it hasn't yet (or these), and the worker works."""
        if events is None:
            events, self.stripe.events = self.stripe.events, []
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
        """As if the time had come to ask about everything that is open."""
        await self.execute("UPDATE charges SET due_at = clock_timestamp()")
        await service.reconcile_checkouts(self.database, settings=self.settings)
        await self.worker.run()

    async def retry_refunds(self) -> None:
        await self.execute("UPDATE refunds SET due_at = clock_timestamp()")
        await self.worker.run()

    async def execute(self, statement: str, **values: Any) -> Any:
        async with self.database.transaction() as session:
            return await session.execute(text(statement), values)

    async def notices(self) -> list[tuple[str, str]]:
        found = await self.execute("SELECT subject, status FROM webhook_notices ORDER BY id")
        return [tuple(row) for row in found]


async def the_payout(studio: Studio) -> dict[str, Any]:
    page = await ok(studio.owner.get(f"/companies/{studio.company['id']}/payouts"))
    payout: dict[str, Any]
    (payout,) = page["items"]
    return payout


async def state(studio: Studio) -> tuple[str, str | None]:
    payout = await the_payout(studio)
    return payout["status"], payout["failure"]


async def press(staff: Staff, studio: Studio, action: str, *, status: int = 303) -> httpx.Response:
    payout = await the_payout(studio)
    return await staff.send(f"/payout/details/{payout['id']}/{action}", status=status)
