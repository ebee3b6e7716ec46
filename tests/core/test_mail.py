from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from babel import Locale
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from src.bookings import service as bookings
from src.bookings.enums import Actor
from src.bookings.events import (
    BookingApproved,
    BookingDeclined,
    BookingReminderDue,
    BookingRequested,
    BookingRescheduled,
    RequestExpired,
    RescheduleClosed,
    RescheduleProposed,
)
from src.bookings.rescheduling.enums import ProposalStatus
from src.bookings.rescheduling.models import BookingProposal
from src.calendars.events import CalendarConflictFound, CalendarImportFailing
from src.core import events
from src.core.database import Database
from src.core.identity import Role
from src.core.mail import rendering, unsubscribing
from src.core.mail.languages import TEMPLATES, catalogs
from src.core.mail.models import Mail, MailStatus
from src.core.mail.rendering import render
from src.messages import service as messages
from src.payments.accounts.models import PaymentAccount
from src.payments.gateways.base import TransferRefusal
from src.payments.payouts.models import Payout
from src.payments.payouts.outcome import record_failed
from src.payments.transfers import service as transfers
from src.webhooks.events import WebhookEndpointDisabled
from tests.appointments.support import book, receive, visit
from tests.auth.support import forgot_password, register, reset_password, reset_tokens
from tests.core.mails import SENDER, URLS, mail, part, queue, rendered
from tests.events.support import evening, host, seat
from tests.factories.world import Person, Studio, World, created, ok, wish
from tests.messages.support import let_pass, write
from tests.support.worker import Worker

# Macros of others, and no mails.
SHARED = {Path("bookings/facts"), Path("appointments/facts")}


def test_a_mail_has_a_subject_an_id_and_two_parts_that_say_the_same() -> None:
    message = rendered(mail())
    assert message["Subject"] == "New booking DB-7K3M: Live Room A, Mon 1 Mar, 18:00"
    assert (message["From"], message["To"]) == (SENDER, "mira@example.com")
    assert message["Message-ID"] == "<mail-12@downbeat.example>"
    assert message.get_content_type() == "multipart/alternative"
    for said in (
        "Mira Okafor",
        "£100.00",
        "Monday, 1 March 2027, 18:00",
        "Greenwich Mean Time",
        "https://downbeat.example/bookings/7",
    ):
        assert said in part(message, "plain")
        assert said in part(message, "html")
    assert "Subject:" not in part(message, "plain")


def test_nobody_away_from_their_desk_answers_a_mail() -> None:
    message = rendered(mail())
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"


@pytest.mark.parametrize("locale", ["en", "de", "es"])
def test_any_server_can_pass_a_mail_on(locale: str) -> None:
    """Seven bits, and no line longer than SMTP allows (RFC 5321 section 4.5.3.1.6)."""
    one = mail(customer="Zoë " * 300)
    one.locale = locale
    sent = bytes(rendered(one))
    assert sent.isascii()
    assert max(len(line) for line in sent.splitlines()) <= 998


def test_what_is_necessary_has_no_link_to_switch_it_off() -> None:
    message = rendered(mail())
    assert "List-Unsubscribe" not in message
    assert "List-Unsubscribe-Post" not in message
    assert "settings/notifications" not in message.as_string()


def test_what_is_not_necessary_is_switched_off_by_one_click() -> None:
    one = mail("bookings/reminder")
    one.user_id, one.kind, one.is_transactional = 31, "booking_reminder", False
    message = rendered(one)
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address, _, token = message["List-Unsubscribe"].strip("<>").partition("?token=")
    assert address == "https://api.downbeat.example/api/v1/notifications/unsubscribe"
    assert unsubscribing.read_token(token, secret="k" * 32) == (31, "booking_reminder")
    assert unsubscribing.read_token(token, secret="other") is None
    for kind in ("plain", "html"):
        assert "https://downbeat.example/settings/notifications" in part(message, kind)


@pytest.mark.parametrize("lacking", [{"user_id": None}, {"kind": None}])
async def test_only_what_can_be_switched_off_may_be_unnecessary(
    database: Database, lacking: dict[str, None]
) -> None:
    named: dict[str, Any] = {"user_id": 1, "kind": "booking_reminder", "is_transactional": False}
    await queue(database, **named)
    with pytest.raises(IntegrityError, match="ck_mails_can_be_unsubscribed"):
        await queue(database, "other", **named | lacking)


def test_a_link_with_a_token_is_made_when_the_mail_is_rendered_and_by_the_secret() -> None:
    one = mail("auth/verify_email", token_id=5)
    other = render(one, sender=SENDER, secret="other", urls=URLS)
    assert part(rendered(one), "plain") == part(rendered(one), "plain") != part(other, "plain")


def test_names_cannot_bring_html_into_a_mail() -> None:
    message = rendered(mail(customer="<img src=x onerror=alert(1)>", title='"><script>'))
    html = part(message, "html")
    assert "<img" not in html
    assert "<script>" not in html
    assert "&lt;img src=x onerror=alert(1)&gt;" in html
    assert "<img src=x onerror=alert(1)>" in part(message, "plain")


@pytest.mark.parametrize("ending", ["\r\n", "\n", "\r", "\r\n\r\n", "\x0b", "\u2028"])
def test_names_cannot_bring_headers_into_a_mail(ending: str) -> None:
    evil = f"Room{ending}Bcc: everybody@example.com"
    message = rendered(mail(reference=evil, room=evil, title=evil, customer=evil, firstname=evil))
    read = BytesParser(policy=default).parsebytes(bytes(message))
    assert sorted(read.keys()) == sorted(message.keys())
    assert "Bcc" not in read
    assert str(read["Subject"]).startswith("New booking Room")


def test_every_template_parses_and_has_both_parts() -> None:
    names = {path.relative_to(TEMPLATES).with_suffix("") for path in TEMPLATES.glob("*/*.txt")}
    assert names == {path.relative_to(TEMPLATES).with_suffix("") for path in TEMPLATES.glob("*/*.html")}
    for name in names:
        assert rendering.environment(Locale("en")).get_template(f"{name}.html")
        assert "{% block subject %}" in (TEMPLATES / f"{name}.txt").read_text() or name in SHARED


async def import_badly(studio: Studio, database: Database) -> None:
    """A calendar that has a conflict, and can't be read any more."""
    path = f"/rooms/{studio.room_id}/calendar-imports"
    body = {"name": "Ours", "url": "https://calendar.example/a.ics"}
    added = await created(studio.owner.post(path, body))
    async with database.transaction() as session:
        await session.execute(text("UPDATE calendar_imports SET problem = 'unreachable'"))
        await session.execute(
            text(
                "INSERT INTO imported_events (import_id, starts_at, ends_at, summary, conflict_since)"
                " VALUES (:id, now(), now() + interval '1 hour', 'Band practice', now())"
            ),
            added,
        )
        await events.publish(session, CalendarConflictFound(import_id=added["id"]))
        await events.publish(session, CalendarImportFailing(import_id=added["id"]))


async def wait_and_gather(studio: Studio, customer: Person, worker: Worker) -> None:
    """Somebody waits for time that is given back, and has a seat at an event that moves and is cancelled."""
    booking = await created(customer.post("/bookings", wish(studio, days_ahead=33)))
    await created(studio.owner.post("/waitlist", wish(studio, days_ahead=33)))
    assert (await customer.post(f"/bookings/{booking['id']}/cancel")).status_code == 200
    event = await host(studio, days_ahead=34, seat_amount=0)
    await seat(customer, event)
    later = evening(studio, days_ahead=34, hour=19)
    times = {name: later[name] for name in ("starts_at", "ends_at")}
    assert (await studio.owner.patch(f"/events/{event['id']}", times)).status_code == 200
    await worker.run()
    assert (await studio.owner.post(f"/events/{event['id']}/cancel")).status_code == 200


async def visit_and_call_off(studio: Studio, customer: Person, worker: Worker) -> None:
    """Everything that one is told about a visit."""
    await receive(studio)
    one = await book(studio, customer)
    other = await book(studio, customer, hour=13)
    await worker.run()
    await ok(studio.owner.patch(f"/appointments/{other['id']}/status", {"status": "declined"}))
    await ok(studio.owner.patch(f"/appointments/{one['id']}/status", {"status": "confirmed"}))
    await worker.run()
    await worker.let_reminders_come()
    await worker.run()
    later = {"starts_at": visit(studio, hour=14)["starts_at"], "reason": "train"}
    await ok(customer.patch(f"/appointments/{one['id']}/reschedule", later))
    await worker.run()
    assert (await customer.delete(f"/appointments/{one['id']}")).status_code == 204


async def move_and_walk_in(studio: Studio, customer: Person, world: World, database: Database) -> None:
    """What becomes of requests, of proposals of another time, and of who comes to the desk."""
    booking = await world.paid_booking(studio, customer, days_ahead=31)
    await created(
        studio.owner.post("/bookings/walk-in", wish(studio, hour=20) | {"customer_id": customer.id})
    )
    async with database.transaction() as session:
        payable, from_owner, from_customer = [
            BookingProposal(
                booking_id=booking["id"],
                status=status,
                proposed_by=by,
                proposed_by_id=customer.id,
                room_id=studio.room_id,
                starts_at=datetime(2030, 3, 1, 18, tzinfo=UTC),
                ends_at=datetime(2030, 3, 1, 20, tzinfo=UTC),
                expires_at=datetime(2030, 2, 1, tzinfo=UTC),
                total_amount=12_000,
                tax_amount=0,
                platform_fee_amount=0,
                items=[],
            )
            for status, by in (
                (ProposalStatus.WAITING_FOR_PAYMENT, Actor.CUSTOMER),
                (ProposalStatus.DECLINED, Actor.OWNER),
                (ProposalStatus.DECLINED, Actor.CUSTOMER),
            )
        ]
        session.add_all([payable, from_owner, from_customer])
        await session.flush()
        for happened in (
            BookingRequested,
            BookingApproved,
            BookingDeclined,
            RequestExpired,
            BookingRescheduled,
            BookingReminderDue,
        ):
            await events.publish(session, happened(booking_id=booking["id"]))
        for proposal in (payable, from_owner, from_customer):
            await events.publish(session, RescheduleProposed(proposal_id=proposal.id))
        for proposal in (from_owner, from_customer):
            await events.publish(session, RescheduleClosed(proposal_id=proposal.id))


async def write_in_vain(studio: Studio, customer: Person, database: Database) -> None:
    await write(customer, studio)
    await let_pass(database, minutes=11)
    async with database.transaction() as session:
        assert await messages.tell_unread(session, minutes=10) == 1


async def pay_out(studio: Studio, customer: Person, world: World, worker: Worker, database: Database) -> None:
    booking = await world.paid_booking(studio, customer, days_ahead=40)
    await world.let_it_end(booking, ago=timedelta(days=4))
    await worker.complete_past_bookings()
    await worker.run()
    for move in ("no-show", "no-show/take-back"):
        await ok(studio.owner.post(f"/bookings/{booking['id']}/{move}"))
        await worker.run()
    await worker.create_payouts()
    admin = await world.person(role=Role.ADMIN)
    (payout,) = (await admin.get("/payouts")).json()["items"]
    await refuse_payout(database, payout)
    await worker.run()
    path = f"/companies/{payout['company_id']}/payouts/{payout['id']}/mark-paid"
    assert (await admin.post(path, {"note": "Bank transfer 344"})).status_code == 200


async def refuse_payout(database: Database, payout: dict[str, Any]) -> None:
    """As if a gateway had been asked to send it."""
    async with database.transaction() as session:
        account = PaymentAccount(company_id=payout["company_id"], gateway="stripe", ref="acct_1")
        session.add(account)
        await session.flush()
        refused = await session.get_one(Payout, payout["id"])
        await transfers.decide_transfer(session, payout=refused, account=account)
        await session.execute(text("UPDATE transfers SET status = 'failed', refusals = 1"))
        await record_failed(session, payout=refused, refusal=TransferRefusal.ACCOUNT_CLOSED)


def in_each_language(mails: Sequence[Mail]) -> Iterator[EmailMessage]:
    for language in catalogs():
        for one in mails:
            one.locale = language
            yield rendered(one)


async def lose_a_webhook(studio: Studio, database: Database) -> None:
    path = f"/companies/{studio.company['id']}/webhooks"
    endpoint = await created(studio.owner.post(path, {"url": "https://crm.example/hooks"}))
    await ok(studio.owner.patch(f"{path}/{endpoint['id']}", {"is_enabled": False}))
    async with database.transaction() as session:
        await events.publish(session, WebhookEndpointDisabled(endpoint_id=endpoint["id"]))


async def test_every_template_renders_with_what_its_handler_gives(
    world: World, worker: Worker, database: Database
) -> None:
    assert (await register(world.client)).status_code == 201
    studio, customer = await world.studio(), await world.person()
    paid = await world.paid_booking(studio, customer)
    late, missed = [await world.held_booking(studio, customer, hour=hour) for hour in (15, 18)]
    checkout = await created(customer.post(f"/bookings/{late['id']}/checkout", {"gateway": "sandbox"}))
    async with database.transaction() as session:
        for table in ("bookings", "occupancies"):
            await session.execute(
                text(
                    f"UPDATE {table} SET expires_at = now() - interval '1 second' WHERE expires_at IS NOT NULL"
                )
            )
        assert await bookings.expire_holds(session) == 2
    await created((await world.person()).post("/bookings", wish(studio, hour=15)))
    assert (await world.client.post(f"{checkout['url']}/pay")).status_code == 303
    assert (await customer.post(f"/bookings/{paid['id']}/cancel")).status_code == 200
    await created(customer.post("/companies", {"name": "Mine", "currency": "GBP"}))
    invitation = {"email": "new@example.com", "role": "staff"}
    await created(studio.owner.post(f"/companies/{studio.company['id']}/team/invitations", invitation))
    await worker.run()
    token = next(
        line for line in part(worker.mailbox.to("mira@example.com")[0], "plain").split() if "token=" in line
    )
    await world.client.post("/api/v1/auth/verify-email", json={"token": token.partition("token=")[2]})
    assert (await register(world.client)).status_code == 201  # again
    await forgot_password(world.client)
    await worker.run()
    (token,) = reset_tokens(worker.mailbox)
    assert (await reset_password(world.client, token, "five brass rooms")).status_code == 204
    await import_badly(studio, database)
    await move_and_walk_in(studio, customer, world, database)
    await wait_and_gather(studio, customer, worker)
    await write_in_vain(studio, customer, database)
    await pay_out(studio, customer, world, worker, database)
    await lose_a_webhook(studio, database)
    await visit_and_call_off(studio, customer, worker)
    await worker.run()
    async with database.reading() as session:
        mails = (await session.scalars(select(Mail))).all()
    assert {one.status for one in mails} == {MailStatus.SENT}, [one.last_error for one in mails]
    templates = {path.relative_to(TEMPLATES).with_suffix("") for path in TEMPLATES.glob("*/*.txt")} - SHARED
    assert {one.template for one in mails} == {str(template) for template in templates}
    assert missed["id"]
    assert all(message["Subject"] for message in worker.mailbox)
    for message in [*worker.mailbox, *in_each_language(mails)]:
        assert "{{" not in message.as_string()
        assert "</html>" in part(message, "html")
