"""Whatever customers, the owner, the clock and the sweeps do, in any order: after each step every promise holds.

A state machine over HTTP. Steps that make no sense are refused, never with a 5xx; what is open is remembered only to
make the next step interesting.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection

from src import invariants
from tests.architecture.scene import taken_back
from tests.factories.world import Person, Studio, World, wish
from tests.payments.books import assert_nothing_is_lost
from tests.support.fuzzing import examples
from tests.support.worker import Worker

STEPS = (
    "hold", "hold", "pay", "open checkout", "pay checkout", "cancel", "owner cancels", "approve", "decline",
    "move", "propose", "accept", "withdraw", "swap", "walk in", "no-show",
    "hold ends", "proposal ends", "booking ends", "sweep", "price", "mode", "room",
)  # fmt: skip
HOUR = timedelta(hours=1)

hours = st.integers(10, 20)
stories = st.lists(
    st.tuples(st.sampled_from(STEPS), st.integers(0, 5), hours, st.integers(1, 3)), min_size=6, max_size=14
)


@dataclass
class Story:
    world: World
    worker: Worker
    studio: Studio
    customers: list[Person]
    bookings: list[tuple[Person, dict[str, Any]]] = field(default_factory=list)
    checkouts: list[str] = field(default_factory=list)
    ended: int = 0

    async def step(self, name: str, which: int, hour: int, length: int) -> httpx.Response | None:
        body = wish(self.studio, hour=hour, hours=length)
        if name in {"sweep", "pay checkout", "hold", "walk in"}:
            return await self._begin(name, which, body)
        if name in {"price", "mode", "room"}:
            return await self._edit(name, which, hour)
        if not self.bookings:
            return None
        customer, booking = self.bookings[which % len(self.bookings)]
        if name.endswith(" ends"):
            await self._advance_clock(name, booking)
            return None
        time = {"starts_at": body["starts_at"], "ends_at": body["ends_at"]}
        return await self._act(name, customer, f"/bookings/{booking['id']}", booking["id"], time)

    async def _begin(self, name: str, which: int, body: dict[str, Any]) -> httpx.Response | None:
        if name == "hold":
            customer = self.customers[which % len(self.customers)]
            return self._remember(customer, await customer.post("/bookings", body))
        if name == "walk in":
            owner = self.studio.owner
            return self._remember(
                owner, await owner.post("/bookings/walk-in", body | {"guest": {"name": "Kim"}})
            )
        if name == "sweep":
            await self.worker.expire_holds()
            await self.worker.expire_proposals()
            await self.worker.complete_past_bookings()
        elif self.checkouts:
            return await self.world.client.post(f"{self.checkouts[which % len(self.checkouts)]}/pay")
        return None

    async def _edit(self, name: str, which: int, hour: int) -> httpx.Response:
        owner, room = self.studio.owner, f"/rooms/{self.studio.room_id}"
        if name == "price":
            prices = [{"duration_minutes": 60, "amount": 1000 * hour + 1}]
            return await owner.put(f"{room}/prices", {"prices": prices})
        if name == "mode":
            return await owner.patch(room, {"booking_mode": ("instant", "on_request")[which % 2]})
        return await owner.patch(room, {"status": ("active", "inactive")[which % 2]})

    async def _act(
        self, name: str, customer: Person, path: str, booking_id: int, time: dict[str, Any]
    ) -> httpx.Response:
        owner = self.studio.owner
        if name in {"pay", "open checkout"}:
            return await self._pay(name, customer, path)
        if name == "accept":
            answer = await customer.post(f"{path}/reschedule/accept")
            return answer if answer.is_success else await owner.post(f"{path}/reschedule/accept")
        both = {"booking_id": booking_id, "other_booking_id": self.bookings[0][1]["id"]}
        who, where, body = {
            "cancel": (customer, f"{path}/cancel", {}),
            "owner cancels": (owner, f"{path}/cancel", {}),
            "approve": (owner, f"{path}/approve", {}),
            "decline": (owner, f"{path}/decline", {}),
            "no-show": (owner, f"{path}/no-show", {}),
            "move": (customer, f"{path}/reschedule", time),
            "propose": (owner, f"{path}/reschedule", time),
            "withdraw": (customer, f"{path}/reschedule/decline", {}),
            "swap": (owner, "/bookings/swap", both),
        }[name]
        return await who.post(where, body)

    async def _pay(self, name: str, customer: Person, path: str) -> httpx.Response:
        opened = await customer.post(f"{path}/checkout", {"gateway": "sandbox"})
        if opened.is_success:
            self.checkouts.append(opened.json()["url"])
        if opened.is_success and name == "pay":
            return await self.world.client.post(f"{self.checkouts[-1]}/pay")
        return opened

    async def _advance_clock(self, name: str, booking: dict[str, Any]) -> None:
        path, owner = f"/bookings/{booking['id']}", self.studio.owner
        now = (await owner.get(f"{path}/reschedule")).json()
        status, proposal = now["booking"]["status"], now["proposal"]
        if name == "hold ends" and status in {"pending", "awaiting_approval"}:
            await self.world.let_hold_end(booking)
        elif name == "proposal ends" and proposal:
            await self.world.let_proposal_end(booking)
        elif name == "booking ends" and status == "confirmed" and not proposal:
            self.ended += 1
            await self.world.let_it_end(booking, ago=4 * self.ended * HOUR)

    def _remember(self, who: Person, made: httpx.Response) -> httpx.Response:
        if made.is_success:
            self.bookings.append((who, made.json()))
        return made


@settings(
    max_examples=examples(15),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(story=stories)
async def test_after_every_step_every_promise_holds(
    connection: AsyncConnection, world: World, worker: Worker, story: list[tuple[str, int, int, int]]
) -> None:
    """Each story is taken back: a hold that nobody sweeps would be too old a minute, and some stories, later."""
    async with taken_back(connection):
        studio = await world.studio()
        told = Story(world, worker, studio, [await world.person() for _ in range(3)])
        for step in story:
            answer = await told.step(*step)
            assert answer is None or answer.status_code < 500, (step, answer.text)
            async with world.database.transaction() as session:
                assert await invariants.check(session) == {}, step
        await worker.run()
        await assert_nothing_is_lost(world.database)
        async with world.database.transaction() as session:
            assert await invariants.check(session) == {}
