"""Visits and messages are told by the one table: in the product and by mail, to whoever may act, as they choose."""

from typing import Any

import pytest
from sqlalchemy import text

from src.messages import service as messages
from src.teams.enums import TeamRole
from tests.appointments.support import book, receive, reschedule, set_status, visit
from tests.factories.world import Person, Studio, World, ok
from tests.messages.support import answer, let_pass, write
from tests.support.worker import Worker

MINUTES = 10


async def told(person: Person) -> list[dict[str, Any]]:
    """Oldest first."""
    return list(reversed((await ok(person.get("/notifications")))["items"]))


async def mute(person: Person, kind: str) -> None:
    choice = {"kind": kind, "in_app": True, "email": False}
    await ok(person.put("/notifications/preferences", {"preferences": [choice]}))


@pytest.fixture
async def studio(world: World) -> Studio:
    studio = await world.studio()
    await receive(studio)
    return studio


@pytest.fixture
async def customer(world: World) -> Person:
    return await world.person()


async def leave_unread(worker: Worker, world: World) -> None:
    await let_pass(world.database, MINUTES + 1)
    async with world.database.transaction() as session:
        await messages.tell_unread(session, minutes=MINUTES)
    await worker.run()


async def test_a_visit_is_told_to_both_sides_at_each_step_once(
    world, worker, session, studio, customer
) -> None:
    visited = await book(studio, customer)
    await worker.run()
    again = (
        "UPDATE outbox SET sent_at = NULL"
        " WHERE id = (SELECT max(id) FROM outbox WHERE name LIKE 'appointments.%')"
    )
    for do in (
        lambda: set_status(studio.owner, visited, "confirmed"),
        lambda: reschedule(studio.owner, visited, visit(studio, hour=15)),
        lambda: set_status(customer, visited, "cancelled"),
    ):
        await ok(do())
        await worker.run()
        await session.execute(text("DELETE FROM event_handlings"))
        await session.execute(text(again))
        await worker.run()
    theirs, ours = await told(customer), await told(studio.owner)
    assert [item["kind"] for item in theirs] == ["visit_confirmed", "visit_moved", "visit_cancelled"]
    assert [item["kind"] for item in ours] == [
        "studio_visit_requested",
        "studio_visit_confirmed",
        "studio_visit_moved",
        "studio_visit_cancelled",
    ]
    assert theirs[0]["title"] == "Berwick Street expects you"
    assert theirs[0]["facts"]["appointment_id"] == visited["id"]
    assert ours[-1]["title"] == f"{ours[-1]['facts']['customer']} doesn't come"
    assert len(worker.mailbox.to(customer.email)) == 3


async def test_those_who_may_receive_visitors_are_told_and_no_one_else(
    world, worker, studio, customer
) -> None:
    here = studio.address["id"]
    staff, _ = await world.member(studio, TeamRole.STAFF, address_ids=[here])
    elsewhere, _ = await world.member(studio, TeamRole.STAFF, address_ids=[here + 10_000])
    professional, _ = await world.member(studio, TeamRole.PROFESSIONAL)
    await book(studio, customer)
    await worker.run()
    for person, times in ((studio.owner, 1), (staff, 1), (elsewhere, 0), (professional, 0)):
        assert (len(await told(person)), len(worker.mailbox.to(person.email))) == (times, times)


async def test_a_reminder_and_the_studios_mails_can_be_switched_off(world, worker, studio, customer) -> None:
    await mute(customer, "visit_reminder")
    await mute(studio.owner, "studio_visit_requested")
    visited = await book(studio, customer)
    await worker.run()
    assert worker.mailbox.to(studio.owner.email) == []
    await ok(set_status(studio.owner, visited, "confirmed"))
    await worker.run()
    await worker.let_reminders_come()
    await worker.run()
    assert [item["kind"] for item in await told(customer)] == ["visit_confirmed", "visit_reminder"]
    assert len(worker.mailbox.to(customer.email)) == 1
    [confirmed] = worker.mailbox.to(studio.owner.email)
    assert "List-Unsubscribe" in confirmed
    assert "List-Unsubscribe" not in worker.mailbox.to(customer.email)[0]


async def test_who_has_left_is_told_nothing_and_named_nowhere(
    world, worker, session, studio, customer
) -> None:
    await book(studio, customer)
    await worker.run()
    name = (await told(studio.owner))[0]["facts"]["customer"]
    assert (await customer.delete("/users/me")).status_code == 204
    await worker.run()
    requested, cancelled = await told(studio.owner)
    assert name not in str([requested, cancelled])
    assert (requested["kind"], cancelled["kind"]) == ("studio_visit_requested", "studio_visit_cancelled")
    for table in ("notifications", "live_events"):
        left = text(f"SELECT count(*) FROM {table} WHERE user_id = :id")
        assert await session.scalar(left, {"id": customer.id}) == 0


async def test_messages_that_wait_are_told_in_words_without_what_they_say(
    world, worker, studio, customer
) -> None:
    await write(customer, studio, "A secret")
    await write(customer, studio, "Another")
    await leave_unread(worker, world)
    [waits] = await told(studio.owner)
    assert (waits["kind"], waits["body"]) == ("studio_message_received", "2 messages wait to be read.")
    assert waits["title"].endswith("has written about Berwick Street")
    assert "secret" not in str(waits)
    await mute(customer, "message_received")
    await answer(studio.owner, studio, customer)
    await leave_unread(worker, world)
    [answered] = await told(customer)
    assert (answered["kind"], answered["title"]) == ("message_received", "Berwick Street has written to you")
    assert answered["body"] == "One message waits to be read."
    assert worker.mailbox.to(customer.email) == []


async def test_a_mail_about_messages_is_in_the_readers_language(world, worker, studio, customer) -> None:
    await ok(studio.owner.patch("/users/me", {"locale": "de"}))
    for _ in range(2):
        await write(customer, studio, "Hello?")
    await leave_unread(worker, world)
    [mail] = worker.mailbox.to(studio.owner.email)
    assert "hat wegen Berwick Street geschrieben" in mail["Subject"]
    for kind in ("plain", "html"):
        content = " ".join(mail.get_body((kind,)).get_content().split())
        assert "2 Nachrichten an Berwick Street sind ungelesen." in content
