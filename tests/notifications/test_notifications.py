from typing import Any

import pytest
from sqlalchemy import select, text

from src.core.live import LiveEvent
from src.main import PERSONAL_DATA
from src.notifications import service
from src.notifications.kinds import KINDS
from src.notifications.models import Notification
from src.notifications.wording import voice_of
from src.teams.enums import TeamRole
from src.teams.permissions import ROLE_PERMISSIONS, Permission
from tests.factories.world import Person, World, ok, problem


async def told(person: Person) -> list[dict[str, Any]]:
    return list((await ok(person.get("/notifications")))["items"])


async def unread(person: Person) -> int:
    return int((await ok(person.get("/notifications/unread-count")))["unread"])


@pytest.fixture
async def studio(world: World):
    return await world.studio()


@pytest.fixture
async def customer(world: World):
    return await world.person()


async def test_both_sides_of_a_booking_are_told_in_words_and_facts(world, worker, studio, customer) -> None:
    booking = await world.paid_booking(studio, customer)
    await worker.run()
    [confirmed] = await told(customer)
    assert confirmed["kind"] == "booking_confirmed"
    assert confirmed["title"] == f"Booking {booking['reference']} is confirmed"
    assert confirmed["body"].startswith("Live Room A, Berwick Street, ")
    assert confirmed["body"].endswith(", 12:00 PM.")
    assert {
        "booking_id": booking["id"],
        "reference": booking["reference"],
        "address_id": studio.address["id"],
        "starts_at": booking["starts_at"],
    }.items() <= confirmed["facts"].items()
    assert confirmed["read_at"] is None
    [booked] = await told(studio.owner)
    assert booked["title"] == "Mira Number" + booked["title"].removeprefix("Mira Number")
    assert (booked["kind"], booked["facts"]["booking_id"]) == ("studio_booking_confirmed", booking["id"])


async def test_what_is_told_stands_in_the_streams_of_those_who_are_told(
    world, worker, session, studio, customer
) -> None:
    await world.paid_booking(studio, customer)
    await worker.run()
    events = (await session.scalars(select(LiveEvent).order_by(LiveEvent.user_id))).all()
    assert [(event.user_id, event.kind) for event in events] == [
        (person, "notification") for person in sorted([customer.id, studio.owner.id])
    ]
    of_customer = next(event for event in events if event.user_id == customer.id)
    assert [of_customer.data] == await told(customer)


async def test_a_cause_is_told_once_however_often_it_is_handled(
    world, worker, session, mailbox, studio, customer
) -> None:
    await world.paid_booking(studio, customer)
    await worker.run()
    await session.execute(text("DELETE FROM event_handlings"))
    await session.execute(text("UPDATE outbox SET sent_at = NULL WHERE name = 'bookings.BookingConfirmed'"))
    mails = len(mailbox)
    await worker.run()
    assert (len(await told(customer)), len(await told(studio.owner)), len(mailbox)) == (1, 1, mails)


async def test_those_who_may_act_on_it_are_told_each_once(world, worker, mailbox, studio, customer) -> None:
    here, elsewhere = studio.address["id"], studio.address["id"] + 10_000
    manager, _ = await world.member(studio, TeamRole.MANAGER)
    of_here, _ = await world.member(studio, TeamRole.STAFF, address_ids=[here])
    others = [
        (await world.member(studio, TeamRole.STAFF, address_ids=[elsewhere]))[0],
        (await world.member(studio, TeamRole.PROFESSIONAL))[0],
        (await world.member(studio, TeamRole.MANAGER, is_removed=True))[0],
        (await world.studio()).owner,
    ]
    assert Permission.MANAGE_BOOKINGS not in ROLE_PERMISSIONS[TeamRole.PROFESSIONAL]
    # The manager is an admin besides.
    admin = {"user_id": manager.id}
    assert (await studio.owner.post(f"/companies/{studio.company['id']}/admins", admin)).status_code == 201
    await world.paid_booking(studio, customer)
    await worker.run()
    for person in (studio.owner, manager, of_here):
        assert [item["kind"] for item in await told(person)] == ["studio_booking_confirmed"]
        assert len(mailbox.to(person.email)) == 1
    for person in others:
        assert await told(person) == []
        assert mailbox.to(person.email) == []


async def test_marking_one_and_all_as_read(world, worker, session, studio, customer) -> None:
    for hour in (12, 15, 18):
        await world.paid_booking(studio, customer, hour=hour)
    await worker.run()
    newest, *_ = await told(customer)
    assert await unread(customer) == 3
    read = await ok(customer.patch(f"/notifications/{newest['id']}/read", {}))
    assert read["read_at"] is not None
    assert await ok(customer.patch(f"/notifications/{newest['id']}/read", {})) == read
    assert await unread(customer) == 2
    for _ in range(2):
        assert (await customer.post("/notifications/read-all")).status_code == 204
    assert await unread(customer) == 0
    assert await unread(studio.owner) == 3
    marks = await session.scalars(
        select(LiveEvent).where(LiveEvent.user_id == customer.id).order_by(LiveEvent.number).offset(3)
    )
    below = sorted(item["id"] for item in await told(customer))[-2]
    assert [(mark.kind, mark.data) for mark in marks] == [
        ("notification_read", {"id": newest["id"]}),
        ("notifications_read", {"up_to_id": below}),
    ]


async def test_what_others_were_told_is_not_there(world, worker, studio, customer) -> None:
    await world.paid_booking(studio, customer)
    await worker.run()
    [theirs] = await told(studio.owner)
    answer = await customer.patch(f"/notifications/{theirs['id']}/read", {})
    problem(answer, 404, "notification_not_found")
    assert await unread(studio.owner) == 1


async def test_the_list_goes_by_cursor(world, session, customer) -> None:
    session.add_all(
        Notification(user_id=customer.id, kind="x", key=str(number), facts={}) for number in range(5)
    )
    await session.flush()
    first = await ok(customer.get("/notifications", params={"size": 3}))
    rest = await ok(customer.get("/notifications", params={"cursor": first["next_cursor"], "size": 3}))
    ids = [item["id"] for item in first["items"] + rest["items"]]
    assert (len(ids), ids, rest["next_cursor"]) == (5, sorted(ids, reverse=True), None)


async def test_old_ones_are_forgotten_and_numbers_go_on(session, settings, world, customer) -> None:
    session.add_all(Notification(user_id=customer.id, kind="x", key=str(n), facts={}) for n in range(2))
    await session.flush()
    old = "clock_timestamp() - interval '{}'"
    await session.execute(
        text(f"UPDATE notifications SET created_at = {old.format('181 days')} WHERE key = '0'")
    )
    await session.execute(text("INSERT INTO live_counters VALUES (:id, 2)"), {"id": customer.id})
    await session.execute(
        text(
            "INSERT INTO live_events (user_id, number, kind, data, created_at) VALUES"
            f" (:id, 1, 'x', '{{}}', {old.format('25 hours')}), (:id, 2, 'x', '{{}}', {old.format('23 hours')})"
        ),
        {"id": customer.id},
    )
    assert await service.forget_old(session, settings=settings) == 1
    assert len(await told(customer)) == 1
    assert (await session.scalars(select(LiveEvent.number))).all() == [2]
    assert await session.scalar(text("SELECT last_number FROM live_counters")) == 2


async def test_of_somebody_who_deletes_their_account_no_name_stays(world, worker, session, studio) -> None:
    customer = await world.person()
    booking = await world.paid_booking(studio, customer)
    assert (await customer.post(f"/bookings/{booking['id']}/cancel", {})).status_code == 200
    await worker.run()
    name = (await told(studio.owner))[0]["facts"]["customer"]
    exported = await PERSONAL_DATA.exports["notifications"](session, customer.id)
    assert exported["told"] == list(reversed(await told(customer)))
    assert (await customer.delete("/users/me")).status_code == 204
    await worker.run()
    assert name not in str(await told(studio.owner))
    assert (await told(studio.owner))[0]["title"].startswith("Deleted user: ")
    for table in ("notifications", "live_events", "live_counters", "notification_preferences"):
        left = text(f"SELECT count(*) FROM {table} WHERE user_id = :id")
        assert await session.scalar(left, {"id": customer.id}) == 0


FACTS: dict[str, Any] = {
    "reference": "DB-7K3M",
    "title": "Live Room A",
    "room": "Live Room A",
    "seats": None,
    "studio": "Berwick Street",
    "customer": "Mira",
    "inviter": "Tom",
    "company": "Soho Sound",
    "calendar": "Ours",
    "unread": 2,
    "url": "https://crm.example.com",
    "refund": {"amount": 10000, "currency": "GBP"},
    "amount": {"amount": 123456, "currency": "EUR"},
    "failure": "account_closed",
    "starts_at": "2027-07-01T17:00:00+00:00",
    "timezone": "Europe/London",
}


@pytest.mark.parametrize("locale", ["en", "de-AT", "es"])
def test_every_kind_has_words_and_one_of_another_version_its_name(locale: str) -> None:
    voice = voice_of(locale)
    for kind in KINDS:
        words = voice.words(kind, FACTS)
        assert voice.label(kind)
        assert words.title
        assert words.body
        assert "%" not in words.title + words.body
    assert voice.words("of_tomorrow", {}) == ("of_tomorrow", "")


@pytest.mark.parametrize(
    ("locale", "kind", "more", "title", "body"),
    [
        (
            "en-GB", "booking_confirmed", {},
            "Booking DB-7K3M is confirmed", "Live Room A, Berwick Street, Thu 1 Jul, 18:00.",
        ),
        (
            "de", "booking_confirmed", {"seats": 2},
            "Buchung DB-7K3M ist bestätigt", "Live Room A, 2 Plätze, Berwick Street, Do., 1. Juli, 18:00.",
        ),
        (
            "es", "booking_cancelled", {"seats": 1},
            "La reserva DB-7K3M está cancelada", "Live Room A, una plaza, Berwick Street, jue, 1 jul, 18:00.",
        ),
        (
            "en", "late_payment_refunded", {},
            "£100.00 goes back to you", "You paid too late for Live Room A, Berwick Street, Thu, Jul 1, 6:00 PM.",
        ),
        ("de", "studio_payout_sent", {}, "1.234,56\xa0€ sind unterwegs", "An Soho Sound."),
        (
            "de", "studio_payout_failed", {"failure": "account_restricted"},
            "1.234,56\xa0€ können nicht ausgezahlt werden",
            "Soho Sound: Das Zahlungskonto darf kein Geld empfangen, bis der Zahlungsdienstleister mehr weiß.",
        ),
        (
            "en", "studio_payout_failed", {"failure": "of_another_version"},
            "€1,234.56 can't be paid out", "Soho Sound: The payment provider has refused to send it.",
        ),
        ("es", "message_received", {"unread": 1}, "Berwick Street le ha escrito", "Hay un mensaje sin leer."),
        ("xx", "message_received", {}, "Berwick Street has written to you", "2 messages wait to be read."),
    ],
)  # fmt: skip
def test_times_money_and_what_is_counted_are_as_the_reader_writes_them(
    locale: str, kind: str, more: dict[str, Any], title: str, body: str
) -> None:
    assert voice_of(locale).words(kind, FACTS | more) == (title, body)


async def test_each_reads_in_their_own_language_and_it_may_change(
    world, worker, session, studio, customer
) -> None:
    await ok(customer.patch("/users/me", {"locale": "de-AT"}))
    await world.paid_booking(studio, customer)
    await worker.run()
    [confirmed] = await told(customer)
    assert confirmed["title"].endswith("ist bestätigt")
    assert (await told(studio.owner))[0]["title"].endswith("has booked Live Room A")
    shown = await session.scalar(select(LiveEvent.data).where(LiveEvent.user_id == customer.id))
    assert shown["title"] == confirmed["title"]
    preferences = (await ok(customer.get("/notifications/preferences")))["preferences"]
    assert preferences[0]["label"] == "Meine Buchung ist bestätigt"
    await ok(customer.patch("/users/me", {"locale": "es"}))
    read = await ok(customer.patch(f"/notifications/{confirmed['id']}/read", {}))
    assert read["title"].endswith("está confirmada")


async def test_who_is_told_of_two_things_at_once_sees_both_in_their_stream(
    world, worker, session, studio
) -> None:
    """An owner who books a room of their own."""
    await world.paid_booking(studio, studio.owner)
    await worker.run()
    shown = await session.scalars(select(LiveEvent.data).order_by(LiveEvent.number))
    assert [event["kind"] for event in shown] == ["booking_confirmed", "studio_booking_confirmed"]
