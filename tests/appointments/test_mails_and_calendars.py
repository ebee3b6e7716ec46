"""Who is told what about a visit, and what stands in their calendars then."""

from datetime import timedelta

from sqlalchemy import text

from src.teams.enums import TeamRole
from tests.appointments.support import book, let_it_begin, receive, reschedule, set_status, visit
from tests.bookings.test_calendar_mails import entries
from tests.calendars.test_feeds import open_feed, read
from tests.factories.world import created, ok, problem


async def a_visit(world, **terms):
    studio, customer = await world.studio(), await world.person()
    await receive(studio, **terms)
    return studio, customer, await book(studio, customer)


def uid(appointment):
    return f"appointment-{appointment['id']}@downbeat.example"


def plain(message):
    return message.get_body(("plain",)).get_content()


async def test_a_request_is_told_to_the_studio_and_stands_in_no_calendar(world, worker):
    studio, customer = await world.studio(), await world.person()
    await receive(studio)
    await created(customer.post("/appointments", visit(studio) | {"note": "Five of us"}))
    await worker.run()
    assert worker.mailbox.to(customer.email) == []
    [mail] = worker.mailbox.to(studio.owner.email)
    assert mail["Subject"].startswith("Mira Number")
    assert "Five of us" in plain(mail)
    assert entries(worker, studio.owner.email) == []


async def test_a_confirmation_and_a_cancellation_are_about_one_entry_on_both_sides(world, worker):
    studio, customer, booked = await a_visit(world)
    await ok(set_status(studio.owner, booked, "confirmed", reason="Ring twice"))
    await worker.run()
    await ok(set_status(customer, booked, "cancelled", reason="ill"))
    await worker.run()
    confirmation, cancellation = worker.mailbox.to(customer.email)
    assert "Ring twice" in plain(confirmation)
    for person, summary in ((customer, "Visit of Berwick Street"), (studio.owner, "Visit of Mira")):
        (asked, confirmed), (undone, cancelled) = entries(worker, person.email)
        assert (asked, undone) == ("REQUEST", "CANCEL")
        assert confirmed["UID"] == cancelled["UID"] == uid(booked)
        assert cancelled["SEQUENCE"] > confirmed["SEQUENCE"]
        assert confirmed["SUMMARY"] == summary
        assert confirmed.decoded("DTSTART").isoformat() == booked["starts_at"]
    assert "ill" in plain(worker.mailbox.to(studio.owner.email)[-1])
    assert "cancelled" in plain(cancellation)


async def test_each_side_has_the_visit_in_its_own_language(world, worker):
    studio, customer, booked = await a_visit(world)
    await ok(studio.owner.patch("/users/me", {"locale": "de"}))
    await ok(customer.patch("/users/me", {"locale": "es"}))
    await ok(set_status(studio.owner, booked, "confirmed"))
    await worker.run()
    for person, path, summary, name in (
        (customer, "/users/me/calendar-feed", "Visita a Berwick Street", "Mis reservas"),
        (
            studio.owner, f"/addresses/{studio.address['id']}/appointments/calendar-feed",
            "Besichtigung von Mira", "Besichtigungen\\, Berwick Street",
        ),
    ):  # fmt: skip
        [(_, mailed)] = entries(worker, person.email)
        url = await open_feed(person, path)
        shown = (await read(world.client, url))[uid(booked)]
        assert (mailed["SUMMARY"], shown["SUMMARY"]) == (summary, summary)
        assert f"X-WR-CALNAME:{name}" in (await world.client.get(url)).text


async def test_a_confirmation_that_is_late_puts_nothing_back(world, worker):
    _, customer, booked = await a_visit(world, is_confirmed_at_once=True)
    await ok(set_status(customer, booked, "cancelled"))
    await worker.run()
    assert [method for method, _ in entries(worker, customer.email)] == ["CANCEL"]


async def test_what_was_never_confirmed_is_taken_out_of_no_calendar(world, worker):
    studio, customer, booked = await a_visit(world)
    await ok(set_status(studio.owner, booked, "declined"))
    await worker.run()
    assert worker.mailbox.subjects(customer.email) == [
        subject for subject in worker.mailbox.subjects(customer.email) if "can't receive you" in subject
    ]
    assert entries(worker, customer.email) == []


async def test_a_new_time_that_the_studio_has_given_moves_the_entry(world, worker):
    studio, customer, booked = await a_visit(world, is_confirmed_at_once=True)
    await worker.run()
    moved = await ok(reschedule(studio.owner, booked, visit(studio, hour=15), reason="recording"))
    await worker.run()
    (_, first), (method, second) = entries(worker, customer.email)
    assert (method, second["UID"]) == ("REQUEST", first["UID"])
    assert second["SEQUENCE"] > first["SEQUENCE"]
    assert second.decoded("DTSTART").isoformat() == moved["starts_at"]
    assert "recording" in plain(worker.mailbox.to(customer.email)[-1])


async def test_a_new_time_that_waits_for_a_yes_takes_the_entry_out_until_then(world, worker):
    studio, customer, booked = await a_visit(world)
    await ok(set_status(studio.owner, booked, "confirmed"))
    await worker.run()
    await ok(reschedule(customer, booked, visit(studio, hour=15)))
    await worker.run()
    await ok(set_status(studio.owner, booked, "confirmed"))
    await worker.run()
    for person in (customer, studio.owner):
        assert [method for method, _ in entries(worker, person.email)] == ["REQUEST", "CANCEL", "REQUEST"]
        sequences = [event["SEQUENCE"] for _, event in entries(worker, person.email)]
        assert sequences == sorted(set(sequences))
    subject = worker.mailbox.subjects(studio.owner.email)[-2]
    assert "asks for another time" in subject


async def test_a_reminder_comes_once_for_each_time_of_a_visit(world, worker):
    studio, customer, booked = await a_visit(world, is_confirmed_at_once=True)
    await worker.run()
    assert await worker.remind_of_appointments() == 0
    assert await worker.let_reminders_come() == 1
    assert await worker.let_reminders_come() == 0
    await worker.run()
    reminders = [subject for subject in worker.mailbox.subjects(customer.email) if "Reminder" in subject]
    assert len(reminders) == 1
    assert not any("Reminder" in subject for subject in worker.mailbox.subjects(studio.owner.email))
    await ok(reschedule(customer, booked, visit(studio, hour=15)))
    assert await worker.let_reminders_come() == 1
    await worker.run()
    assert len([subject for subject in worker.mailbox.subjects(customer.email) if "Reminder" in subject]) == 2


async def test_a_reminder_is_due_a_day_before(world, database, session):
    _, _, booked = await a_visit(world, is_confirmed_at_once=True)
    due = await session.scalar(
        text("SELECT starts_at - remind_at FROM appointments WHERE id = :id"), {"id": booked["id"]}
    )
    assert due == timedelta(hours=24)


async def test_nobody_is_reminded_of_what_is_off_or_not_agreed_or_was_agreed_since(world, worker, session):
    studio, customer, requested = await a_visit(world)
    cancelled = await book(studio, customer, hour=14)
    await ok(set_status(studio.owner, cancelled, "confirmed"))
    await ok(set_status(customer, cancelled, "cancelled"))
    assert await worker.let_reminders_come() == 0
    # Half a day before the visit: the confirmation itself is the reminder.
    await let_it_begin(world.database, requested, ago=timedelta(hours=-12))
    await ok(set_status(studio.owner, requested, "confirmed"))
    assert await session.scalar(text("SELECT count(*) FROM appointments WHERE remind_at IS NOT NULL")) == 0


async def test_a_reminder_that_is_late_by_a_cancellation_is_not_sent(world, worker):
    _, customer, booked = await a_visit(world, is_confirmed_at_once=True)
    await worker.let_reminders_come()
    assert (await customer.delete(f"/appointments/{booked['id']}")).status_code == 204
    await worker.run()
    assert not any("Reminder" in subject for subject in worker.mailbox.subjects(customer.email))


async def test_visits_are_in_the_customers_feed_beside_their_bookings(world):
    studio, customer, booked = await a_visit(world)
    booking = await world.paid_booking(studio, customer, hour=15)
    other = await book(studio, customer, hour=14)
    await ok(set_status(studio.owner, booked, "confirmed"))
    url = await open_feed(customer)
    shown = await read(world.client, url)
    assert set(shown) == {uid(booked), f"booking-{booking['id']}@downbeat.example"}, "a request is none yet"
    assert shown[uid(booked)]["SUMMARY"] == "Visit of Berwick Street"
    await ok(set_status(customer, booked, "cancelled"))
    assert (await read(world.client, url))[uid(booked)]["STATUS"] == "CANCELLED"
    assert uid(other) not in await read(world.client, await open_feed(await world.person()))


async def test_the_studio_has_a_feed_of_its_visits_as_long_as_one_may_see_them(world, session):
    studio, customer, booked = await a_visit(world)
    await book(studio, customer, hour=14)
    await ok(set_status(studio.owner, booked, "confirmed"))
    staff, member_id = await world.member(studio, TeamRole.STAFF, address_ids=[studio.address["id"]])
    path = f"/addresses/{studio.address['id']}/appointments/calendar-feed"
    url = await open_feed(staff, path)
    shown = await read(world.client, url)
    assert [str(event["SUMMARY"]) for event in shown.values()] == ["Visit of Mira"]
    await session.execute(
        text("UPDATE team_members SET removed_at = now() WHERE id = :id"), {"id": member_id}
    )
    problem(await world.client.get(url), 404, "calendar_feed_not_found")
    own = await open_feed(studio.owner, path)
    assert set(await read(world.client, own)) == {uid(booked)}
    assert (await studio.owner.delete(path)).status_code == 204
    problem(await world.client.get(own), 404, "calendar_feed_not_found")
