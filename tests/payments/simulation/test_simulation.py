"""Payments with random faults, repeats and orders, after which every cent is somewhere.

A thousand of them with FULL_SIMULATION=1 in the environment; 240 without, for the sake of time.
"""

import asyncio
import itertools
import random
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from src import invariants
from src.bookings import service as bookings
from src.core import outbox
from src.payments import service as payments
from src.payments.accounts import service as accounts
from src.payments.disputes.reconcile import reconcile_disputes
from src.payments.payouts import service as payouts
from src.payments.transfers import service as transfers
from src.payments.webhooks import service as webhooks
from src.subscriptions import SUBSCRIPTIONS
from tests.factories.world import Person, Studio, World, created, wish
from tests.payments.books import assert_nothing_is_lost
from tests.payments.simulation.conftest import IS_FULL
from tests.support.fakes.server import Fault
from tests.support.fakes.stripe import FakeStripe, sign

STORIES = 250 if IS_FULL else 60
AT_ONCE = 16
FAULTY = 0.06
LOST_WEBHOOKS = 0.15
REPEATED_WEBHOOKS = 0.3
FAULTS = [Fault.LOST_REQUEST, Fault.LOST_ANSWER, Fault.TOO_MANY, Fault.BROKEN]

SUCCESSORS = """
SELECT booking_id FROM (
    SELECT booking_id, from_status, lag(to_status) OVER (PARTITION BY booking_id ORDER BY id) AS was
    FROM booking_moves) AS moves
WHERE from_status IS DISTINCT FROM was
"""
LAST_MOVE = """
SELECT bookings.id FROM bookings WHERE status <> (
    SELECT to_status FROM booking_moves WHERE booking_id = bookings.id ORDER BY id DESC LIMIT 1)
"""
OF_STRIPE = """
SELECT (SELECT coalesce(sum(amount), 0) FROM charges WHERE gateway = 'stripe' AND status = 'succeeded')::bigint,
       (SELECT coalesce(sum(refunds.amount), 0) FROM refunds JOIN charges ON charges.id = charge_id
        WHERE gateway = 'stripe' AND refunds.status = 'succeeded')::bigint
"""
MAKE_ALL_DUE = (
    "UPDATE charges SET due_at = clock_timestamp() WHERE status = 'open'",
    "UPDATE refunds SET due_at = clock_timestamp() WHERE status = 'pending'",
    "UPDATE webhook_notices SET due_at = clock_timestamp() WHERE status = 'received'",
    "UPDATE disputes SET due_at = clock_timestamp() WHERE status = 'open'",
    "UPDATE transfers SET due_at = clock_timestamp() WHERE status = 'pending'",
    "UPDATE transfer_reversals SET due_at = clock_timestamp() WHERE status = 'pending'",
)
# Every round of the worker is another day.
NEXT_DAY = "UPDATE payouts SET day = date '2000-01-01' + id::integer"
OF_CONNECT = """
SELECT (SELECT coalesce(sum(amount), 0) FROM payouts WHERE status = 'sent')::bigint,
       (SELECT coalesce(sum(amount), 0) FROM transfer_reversals WHERE status = 'succeeded')::bigint
"""


class Simulation:
    def __init__(self, world: World, stripe: FakeStripe, studio: Studio, seed: int) -> None:
        self.world = world
        self.stripe = stripe
        self.studio = studio
        self.random = random.Random(seed)
        self.customers: list[Person] = []
        self.visits = itertools.count()
        self.is_over = False
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def run(self) -> None:
        self.customers = [await self.world.person() for _ in range(10)]
        await self._connect()
        self.stripe.fee, self.stripe.dispute_fee = 150, 1500
        self.stripe.next_fault = lambda _: (
            self.random.choice(FAULTS) if self.random.random() < FAULTY else None
        )
        others = [asyncio.create_task(loop()) for loop in (self._post_office, *[self._work] * 4)]
        await asyncio.gather(*(self._story(number) for number in range(STORIES)))
        self.is_over = True
        await asyncio.gather(*others)
        self.stripe.next_fault = lambda _: None
        await self._settle()

    async def _connect(self) -> None:
        """The owner has an account that can receive, and everybody knows it."""
        company_id = self.studio.company["id"]
        path = f"/companies/{company_id}/payment-accounts/stripe"
        await created(self.studio.owner.post(path, {"country": "GB"}))
        self.stripe.onboard(*self.stripe.accounts)
        await accounts.refresh_accounts(self.world.database, settings=self.world.settings)

    async def _story(self, number: int) -> None:
        """One customer, one hold, and whatever they think of."""
        async with self._slots:
            customer = self.random.choice(self.customers)
            days, hour = divmod(number, 24)
            body = wish(self.studio, days_ahead=30 + days, hour=hour, hours=1)
            booking = (await customer.post("/bookings", body)).json()
            turn = self.random.choices(
                [
                    self._comes,
                    self._pays,
                    self._pays_slowly,
                    self._pays_twice,
                    self._cancels,
                    self._is_late,
                    self._leaves,
                ],
                [34, 16, 12, 12, 14, 8, 4],
            )[0]
            await turn(customer, booking, body)

    async def _open(self, customer: Person, booking: dict[str, Any]) -> str | None:
        for _ in range(6):
            answer = await customer.post(f"/bookings/{booking['id']}/checkout", {"gateway": "stripe"})
            if answer.status_code == 201:
                return str(answer.json()["url"].rpartition("/")[2])
            assert answer.status_code in {409, 503}, answer.text
        return None

    def _is_open(self, ref: str | None) -> bool:
        return ref is not None and self.stripe.sessions[ref]["status"] == "open"

    async def _pays(self, customer: Person, booking: dict[str, Any], _: Any) -> str | None:
        ref = await self._open(customer, booking)
        if ref is not None and self._is_open(ref):
            self.stripe.pay(ref)
        return ref

    async def _comes(self, customer: Person, booking: dict[str, Any], _: Any) -> None:
        """It took place days ago; then some want money back, from the owner or by their bank."""
        ref = await self._pays(customer, booking, None)
        if ref is None or not await self._is_confirmed(customer, booking):
            return
        await self.world.let_it_end(booking, ago=timedelta(days=4, hours=2 * next(self.visits)))
        await asyncio.sleep(self.random.random())
        chance = self.random.random()
        if chance < 0.5:
            await self._is_granted(customer, booking)
        if 0.3 < chance < 0.7:
            dispute = self.stripe.dispute(self.stripe.sessions[ref]["payment_intent"])
            await asyncio.sleep(self.random.random())
            self.stripe.decide_dispute(dispute, self.random.choice(["won", "lost"]))

    async def _is_confirmed(self, customer: Person, booking: dict[str, Any]) -> bool:
        for _ in range(50):
            status = (await customer.get(f"/bookings/{booking['id']}")).json()["status"]
            if status == "confirmed":
                return True
            await asyncio.sleep(0.1)
        return False

    async def _is_granted(self, customer: Person, booking: dict[str, Any]) -> None:
        """Twice what may be too much."""
        charges = (await customer.get(f"/bookings/{booking['id']}/payments")).json()["charges"]
        path = f"/payments/{charges[-1]['id']}/refunds"
        for _ in range(2):
            body = {"amount": self.random.randint(1, 4000)}
            answer = await self.studio.owner.post(path, body)
            assert answer.status_code in {201, 409}, answer.text

    async def _pays_slowly(self, customer: Person, booking: dict[str, Any], _: Any) -> None:
        ref = await self._open(customer, booking)
        if ref is not None and self._is_open(ref):
            self.stripe.pay_slowly(ref)
            await asyncio.sleep(self.random.random() / 5)
            self.stripe.decide(ref, is_paid=self.random.random() < 0.7)

    async def _pays_twice(self, customer: Person, booking: dict[str, Any], _: Any) -> None:
        """In two tabs, at two gateways, at once."""
        path = f"/bookings/{booking['id']}/checkout"
        page = (await customer.post(path, {"gateway": "sandbox"})).json()["url"]
        await asyncio.gather(self._pays(customer, booking, None), self.world.client.post(f"{page}/pay"))

    async def _cancels(self, customer: Person, booking: dict[str, Any], _: Any) -> None:
        """Before, while or after they pay."""
        ref = await self._open(customer, booking)
        if self._is_open(ref) and self.random.random() < 0.6:
            self.stripe.pay(str(ref))
            await asyncio.sleep(self.random.choice([0, 0.05, 0.3]))
        answer = await customer.post(f"/bookings/{booking['id']}/cancel")
        assert answer.status_code in {200, 409}, answer.text
        if self._is_open(ref):
            self.stripe.pay(str(ref))

    async def _is_late(self, customer: Person, booking: dict[str, Any], body: dict[str, Any]) -> None:
        """The hold has ended, and perhaps somebody else has the time."""
        ref = await self._open(customer, booking)
        await self.world.let_hold_end(booking)
        if self.random.random() < 0.6:
            await self.random.choice(self.customers).post("/bookings", body)
        if ref is not None and self._is_open(ref):
            self.stripe.pay(ref)

    async def _leaves(self, customer: Person, booking: dict[str, Any], _: Any) -> None:
        await self._open(customer, booking)

    async def _post_office(self) -> None:
        """Stripe's deliveries: some never, some again, in no order."""
        while not self.is_over:
            events, self.stripe.events = self.stripe.events, []
            self.random.shuffle(events)
            for event in events:
                chance = self.random.random()
                times = 0 if chance < LOST_WEBHOOKS else 2 if chance < REPEATED_WEBHOOKS else 1
                for _ in range(times):
                    body, headers = sign(event)
                    path = "/api/v1/webhooks/stripe"
                    answer = await self.world.client.post(path, content=body, headers=headers)
                    assert answer.status_code == 204, answer.text
            await asyncio.sleep(0.02)

    async def _work(self) -> None:
        while not self.is_over:
            await self._round()
            async with self.world.database.transaction() as session:
                await session.execute(text(NEXT_DAY))
            await asyncio.sleep(0.3)

    async def _round(self) -> int:
        """What the worker does, once; returns how much there was to do."""
        database, settings = self.world.database, self.world.settings
        done = await webhooks.process(database, settings=settings)
        done += await self._relay()
        done += await payments.reconcile_checkouts(database, settings=settings)
        done += await reconcile_disputes(database, settings=settings)
        done += await payments.carry_out_refunds(database, settings=settings)
        async with database.transaction() as session:
            done += await bookings.expire_holds(session)
            done += await bookings.complete_past_bookings(session)
        done += await payouts.create_due(database, settings=settings)
        done += await transfers.carry_out(database, settings=settings)
        return done

    async def _relay(self) -> int:
        work: list[tuple[int, str]] = []
        async with self.world.database.transaction() as session:
            relayed = await outbox.relay(
                session, subscriptions=SUBSCRIPTIONS, dispatch=lambda *message: work.append(message)
            )
        for event_id, handler in work:
            async with self.world.database.transaction() as session:
                await outbox.handle(session, subscriptions=SUBSCRIPTIONS, event_id=event_id, handler=handler)
        return relayed

    async def _settle(self) -> None:
        """Every lease and every delay is over; what is left is done."""
        for _ in range(4):
            async with self.world.database.transaction() as session:
                for statement in (*MAKE_ALL_DUE, NEXT_DAY):
                    await session.execute(text(statement))
            while await self._round():
                pass


@pytest.mark.parametrize("seed", range(4))
async def test_many_payments(real_world, real_studio, stripe, seed):
    await Simulation(real_world, stripe, real_studio, seed).run()
    await assert_nothing_is_lost(real_world.database)
    async with real_world.database.transaction() as session:
        assert await invariants.check(session) == {}
        assert (await session.execute(text(SUCCESSORS))).all() == []
        assert (await session.execute(text(LAST_MOVE))).all() == []
        assert tuple((await session.execute(text(OF_STRIPE))).one()) == (stripe.received(), stripe.returned())
        found = await session.execute(text("SELECT status, count(*) FROM bookings GROUP BY status"))
        counted = Counter(dict(found.all()))
        # It was no easy day, and yet a business; of few stories some ways may have been taken by nobody.
        assert not IS_FULL or min(counted[one] for one in ("confirmed", "completed", "cancelled", "expired"))
        sent = stripe.transfers.values()
        assert tuple((await session.execute(text(OF_CONNECT))).one()) == (
            sum(transfer["amount"] for transfer in sent),
            sum(transfer["amount_reversed"] for transfer in sent),
        )
        assert not IS_FULL or len(sent) > 1
        pending = "SELECT count(*) FROM refunds WHERE status IN ('pending', 'failed')"
        assert await session.scalar(text(pending)) == 0
