"""How tasks run; the worker as a process is in test_worker.py."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from src import worker
from src.core.database import Database, is_retryable
from src.core.tasks import MOST_ATTEMPTS, run_in_transaction

OURS = {
    "agreements.draw_up_due",
    "appointments.remind",
    "appointments.settle_past",
    "bookings.complete_past_bookings",
    "bookings.expire_holds",
    "bookings.expire_proposals",
    "bookings.forget_guests",
    "bookings.send_reminders",
    "bookings.sweep_waitlist",
    "core.check_invariants",
    "core.delete_unused_files",
    "core.deliver_mails",
    "core.forget_idempotency_records",
    "core.forget_mails",
    "core.handle_event",
    "core.relay_outbox",
    "messages.tell_unread",
    "notifications.forget_old",
    "payments.carry_out_refunds",
    "payments.carry_out_transfers",
    "payments.create_payouts",
    "payments.forget_webhooks",
    "payments.process_webhooks",
    "payments.reconcile_checkouts",
    "payments.reconcile_disputes",
    "payments.refresh_accounts",
    "rooms.forget_past_days",
    "rooms.poll_calendar_imports",
    "webhooks.deliver_due",
    "webhooks.forget_old",
}


def test_every_task_is_registered_under_its_domain() -> None:
    worker.app.finalize()
    assert {name for name in worker.app.tasks if not name.startswith("celery.")} == OURS


def test_beat_starts_only_tasks_that_there_are_and_none_is_left_out() -> None:
    schedule = worker.app.conf.beat_schedule
    assert {entry["task"] for entry in schedule.values()} == OURS - {"core.handle_event"}
    sweep = schedule["bookings.expire_holds"]
    assert 15 <= sweep["schedule"] <= 30
    for entry in schedule.values():
        # What nobody has fetched by then is not worth starting: the next one is queued already.
        assert entry["options"]["expires"] <= 2 * entry["schedule"]


def test_a_message_is_acknowledged_after_its_work_and_returns_when_the_process_dies() -> None:
    conf = worker.app.conf
    assert conf.task_acks_late
    assert conf.task_reject_on_worker_lost
    assert conf.worker_prefetch_multiplier == 1
    for name in OURS:
        task = worker.app.tasks[name]
        assert task.acks_late
        assert task.reject_on_worker_lost
        assert task.ignore_result


def test_no_task_outlives_the_patience_of_a_broker() -> None:
    """RabbitMQ's consumer timeout is 30 minutes; Redis hands a message on after the visibility timeout."""
    assert worker.app.conf.task_time_limit <= 60
    assert worker.app.conf.task_time_limit < worker.VISIBILITY_SECONDS
    waits = [2**attempt for attempt in range(1, worker.MOST_HANDLER_ATTEMPTS)]
    assert max(waits) < worker.VISIBILITY_SECONDS


async def test_work_that_loses_is_done_again_as_a_whole(committed: Database) -> None:
    attempts = 0

    async def lose_once(session: AsyncSession) -> str:
        nonlocal attempts
        attempts += 1
        await session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        await session.execute(text("INSERT INTO probe_rows (id) VALUES (:id)"), {"id": 100 + attempts})
        if attempts == 1:
            async with committed.transaction() as other:
                await other.execute(text("UPDATE probe_rows SET note = 'theirs' WHERE id = 1"))
        await session.execute(text("UPDATE probe_rows SET note = note || ', ours' WHERE id = 1"))
        return "done"

    async with committed.transaction() as session:
        await session.execute(text("INSERT INTO probe_rows (id) VALUES (1)"))
    assert await run_in_transaction(committed, lose_once) == "done"
    async with committed.reading() as session:
        rows = (await session.execute(text("SELECT id, note FROM probe_rows ORDER BY id"))).all()
    assert rows == [(1, "theirs, ours"), (102, "")]


@pytest.mark.parametrize(("statement", "attempts"), [("55P03", MOST_ATTEMPTS), ("23505", 1), ("P0001", 1)])
async def test_only_what_may_win_next_time_is_tried_again(
    committed: Database, statement: str, attempts: int
) -> None:
    made = 0

    async def fail(session: AsyncSession) -> None:
        nonlocal made
        made += 1
        await session.execute(text(f"DO $$ BEGIN RAISE 'no' USING ERRCODE = '{statement}'; END $$"))

    with pytest.raises(Exception, match="no") as failed:
        await run_in_transaction(committed, fail)
    assert made == attempts
    assert is_retryable(failed.value) == (attempts > 1)
