"""A slow payment for a dearer time, and words of gateways that nobody needs any more."""

from src.payments.webhooks import service as webhooks
from tests.factories.world import ok, wish


async def proposal(till):
    query = "SELECT expires_at, expires_at - clock_timestamp() AS left FROM booking_proposals"
    return (await till.execute(query)).one()


async def test_a_slow_payment_for_a_dearer_time_keeps_that_time(till, world, studio):
    await world.pay(till.customer, till.booking)
    times = wish(studio, hour=16, hours=3)
    body = {"starts_at": times["starts_at"], "ends_at": times["ends_at"]}
    await ok(till.customer.post(f"{till.path}/reschedule", body))
    ref = await till.open()
    till.stripe.pay_slowly(ref)
    for table in ("booking_proposals", "occupancies", "charges"):
        await till.execute(
            f"UPDATE {table} SET expires_at = clock_timestamp() + interval '30 seconds' WHERE expires_at > now()"
        )
    await till.reconcile()
    until, left = await proposal(till)
    assert left.total_seconds() > 200
    held = await till.execute("SELECT DISTINCT expires_at FROM occupancies WHERE expires_at IS NOT NULL")
    assert held.scalars().all() == [until]
    till.stripe.decide(ref, is_paid=True)
    await till.hear()
    moved = await ok(till.customer.get(till.path))
    assert (moved["paid"]["amount"], await till.refunds()) == (15000, [])
    assert moved["ends_at"].startswith(body["ends_at"])


async def test_it_does_not_keep_it_for_more_than_a_day(till, world, studio):
    await world.pay(till.customer, till.booking)
    times = wish(studio, hour=16, hours=3)
    body = {"starts_at": times["starts_at"], "ends_at": times["ends_at"]}
    await ok(till.customer.post(f"{till.path}/reschedule", body))
    till.stripe.pay_slowly(await till.open())
    await till.execute("UPDATE booking_proposals SET created_at = created_at - interval '1 day'")
    before, _ = await proposal(till)
    await till.reconcile()
    assert (await proposal(till))[0] == before


async def test_what_was_worked_on_is_forgotten_and_what_is_for_a_person_is_not(till):
    await till.pay()
    await till.execute(
        "INSERT INTO webhook_notices (gateway, event_id, subject, body, status)"
        " VALUES ('stripe', 'evt_x', 'refund.created', '', 'unknown')"
    )
    await till.execute("UPDATE webhook_notices SET received_at = now() - interval '89 days'")
    async with till.database.transaction() as session:
        assert await webhooks.forget(session, days=90) == 0
        assert await webhooks.forget(session, days=88) == 1
    assert await till.notices() == [("refund.created", "unknown")]
    assert await till.status() == "confirmed"
