import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope
from sqlalchemy import func, select, text, update

from src.bookings import service as bookings
from src.core.config import Settings
from src.core.database import Database
from src.core.mail import rendering, service
from src.core.mail.models import Mail, MailStatus
from src.core.mail.rendering import TEMPLATES, render
from src.core.mail.service import MOST_ATTEMPTS
from src.core.mail.transports import FileTransport, SmtpTransport, Transport, transport_from
from tests.auth.support import forgot_password, register, reset_password, reset_tokens
from tests.factories.world import World, created, wish
from tests.support.worker import Worker

URLS = {"frontend": "https://downbeat.example", "api": "https://api.downbeat.example"}
SENDER = "Downbeat <no-reply@downbeat.example>"
FACTS = {
    "firstname": "Mira",
    "customer": "Mira Okafor",
    "room": "Live Room A",
    "studio": "Berwick Street",
    "street": "12 Berwick Street",
    "starts": "Monday 1 March, 18:00",
    "ends": "Monday 1 March, 20:00",
    "timezone": "Europe/London",
    "reference": "DB-7K3M",
    "booking_id": 7,
    "paid": {"amount": 10000, "currency": "GBP"},
}


def mail(template: str = "bookings/confirmed_owner", **params: Any) -> Mail:
    return Mail(
        id=12,
        template=template,
        recipient="mira@example.com",
        params=FACTS | params,
        created_at=datetime(2027, 3, 1, tzinfo=UTC),
    )


def rendered(one: Mail) -> EmailMessage:
    return render(one, sender=SENDER, secret="k" * 32, urls=URLS)


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    content: str = body.get_content()
    return content


def test_a_mail_has_a_subject_an_id_and_two_parts_that_say_the_same() -> None:
    message = rendered(mail())
    assert message["Subject"] == "New booking DB-7K3M: Live Room A, Monday 1 March, 18:00"
    assert (message["From"], message["To"]) == (SENDER, "mira@example.com")
    assert message["Message-ID"] == "<mail-12@downbeat.example>"
    assert message.get_content_type() == "multipart/alternative"
    for said in ("Mira Okafor", "100.00 GBP", "https://downbeat.example/bookings/7"):
        assert said in part(message, "plain")
        assert said in part(message, "html")
    assert "Subject:" not in part(message, "plain")


def test_a_link_with_a_token_is_made_when_the_mail_is_rendered_and_by_the_secret() -> None:
    one = mail("auth/verify_email", token_id=5)
    other = render(one, sender=SENDER, secret="other", urls=URLS)
    assert part(rendered(one), "plain") == part(rendered(one), "plain") != part(other, "plain")


def test_names_cannot_bring_html_into_a_mail() -> None:
    message = rendered(mail(customer="<img src=x onerror=alert(1)>", room='"><script>'))
    html = part(message, "html")
    assert "<img" not in html
    assert "<script>" not in html
    assert "&lt;img src=x onerror=alert(1)&gt;" in html
    assert "<img src=x onerror=alert(1)>" in part(message, "plain")


@pytest.mark.parametrize("ending", ["\r\n", "\n", "\r", "\r\n\r\n", "\x0b", "\u2028"])
def test_names_cannot_bring_headers_into_a_mail(ending: str) -> None:
    evil = f"Room{ending}Bcc: everybody@example.com"
    message = rendered(mail(reference=evil, room=evil, customer=evil, firstname=evil))
    read = BytesParser(policy=default).parsebytes(bytes(message))
    assert sorted(read.keys()) == sorted(message.keys())
    assert "Bcc" not in read
    assert str(read["Subject"]).startswith("New booking Room")


def test_every_template_parses_and_has_both_parts() -> None:
    names = {path.relative_to(TEMPLATES).with_suffix("") for path in TEMPLATES.glob("*/*.txt")}
    shared = {Path("bookings/facts")}
    assert (
        names == {path.relative_to(TEMPLATES).with_suffix("") for path in TEMPLATES.glob("*/*.html")} - shared
    )
    for name in names:
        assert rendering._environment().get_template(f"{name}.html")
        assert (TEMPLATES / f"{name}.txt").read_text().startswith("Subject: ")


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
    await worker.run()
    async with database.reading() as session:
        mails = (await session.scalars(select(Mail))).all()
    assert {one.status for one in mails} == {MailStatus.SENT}, [one.last_error for one in mails]
    templates = {str(path.relative_to(TEMPLATES).with_suffix("")) for path in TEMPLATES.glob("*/*.txt")}
    assert {one.template for one in mails} == templates
    assert missed["id"]
    for message in worker.mailbox:
        assert message["Subject"]
        assert "{{" not in message.as_string()
        assert "</html>" in part(message, "html")


async def queue(database: Database, key: str = "welcome:1", template: str = "auth/welcome") -> None:
    async with database.transaction() as session:
        await service.queue(session, key=key, template=template, recipient="mira@example.com", params={})


async def deliver(database: Database, transport: Transport) -> int:
    return await service.deliver_due(database, transport=transport, secret="k" * 32, urls=URLS)


async def make_due(database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(update(Mail).values(due_at=func.clock_timestamp()))


async def only_mail(database: Database) -> Mail:
    async with database.reading() as session:
        return (await session.scalars(select(Mail))).one()


async def test_a_mail_is_queued_once_for_its_cause(database: Database) -> None:
    for _ in range(2):
        await queue(database)
    assert (await only_mail(database)).status is MailStatus.QUEUED


async def test_files_are_written_one_for_each_mail(database: Database, tmp_path: Path) -> None:
    transport = FileTransport(tmp_path / "mails", SENDER)
    await queue(database)
    assert await deliver(database, transport) == 1
    assert await deliver(database, transport) == 0
    await asyncio.to_thread(transport.send, rendered(mail("auth/welcome")), await only_mail(database))
    [file] = (tmp_path / "mails").iterdir()
    assert file.suffix == ".eml"
    read = BytesParser(policy=default).parsebytes(file.read_bytes())
    assert read["Subject"] == "Welcome to Downbeat"
    assert {kind.get_content_type() for kind in read.iter_parts()} == {"text/plain", "text/html"}


def test_the_setting_chooses_the_transport(settings: Settings) -> None:
    assert isinstance(transport_from(settings), FileTransport)
    assert isinstance(transport_from(settings.model_copy(update={"mail_transport": "smtp"})), SmtpTransport)


class Postbox:
    """A real SMTP server; says what it is told to at RCPT and at the end of DATA."""

    def __init__(self) -> None:
        self.at_recipient = self.at_data = "250 OK"
        self.received: list[Envelope] = []

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Envelope, address: str, _: Any) -> str:  # noqa: N802
        if self.at_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.at_recipient

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        if self.at_data.startswith("250"):
            self.received.append(envelope)
        return self.at_data


@pytest.fixture
async def postbox(settings: Settings):
    """The server and a transport to it."""
    box = Postbox()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(box, hostname="localhost", auth_require_tls=False, authenticator=_refuse_log_in),
        "127.0.0.1",
        0,
    )
    port = server.sockets[0].getsockname()[1]
    transport = SmtpTransport(settings.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": port}))
    yield box, transport
    server.close()
    await server.wait_closed()


def _refuse_log_in(*_: Any) -> AuthResult:
    return AuthResult(success=False, handled=False)


async def test_a_mail_that_the_server_takes_is_sent(database: Database, postbox) -> None:
    box, transport = postbox
    await queue(database)
    assert await deliver(database, transport) == 1
    sent = await only_mail(database)
    assert (sent.status, sent.attempts, sent.last_error) == (MailStatus.SENT, 1, None)
    assert sent.sent_at is not None
    [envelope] = box.received
    assert envelope.rcpt_tos == ["mira@example.com"]
    assert b"Subject: Welcome to Downbeat" in envelope.content
    await make_due(database)
    assert await deliver(database, transport) == 0


@pytest.mark.parametrize("answers", [{"at_recipient": "451 later"}, {"at_data": "452 full"}], ids=str)
async def test_a_mail_that_the_server_does_not_take_now_is_sent_later(
    database: Database, postbox, answers: dict[str, str]
) -> None:
    box, transport = postbox
    vars(box).update(answers)
    await queue(database)
    assert await deliver(database, transport) == 0
    assert await deliver(database, transport) == 0, "it waits before it tries again"
    waiting = await only_mail(database)
    assert (waiting.status, waiting.attempts) == (MailStatus.QUEUED, 1)
    vars(box).update(at_recipient="250 OK", at_data="250 OK")
    await make_due(database)
    assert await deliver(database, transport) == 1
    assert len(box.received) == 1


@pytest.mark.parametrize("answers", [{"at_recipient": "550 who?"}, {"at_data": "554 no"}], ids=str)
async def test_a_mail_that_the_server_will_never_take_has_failed(
    database: Database, postbox, answers: dict[str, str]
) -> None:
    box, transport = postbox
    vars(box).update(answers)
    await queue(database)
    await deliver(database, transport)
    failed = await only_mail(database)
    assert (failed.status, failed.attempts) == (MailStatus.FAILED, 1)
    assert "DeliveryRefusedError" in str(failed.last_error)
    await make_due(database)
    await deliver(database, transport)
    assert (await only_mail(database)).attempts == 1


async def test_our_own_wrong_password_loses_no_mail(database: Database, postbox, settings: Settings) -> None:
    _, transport = postbox
    wrong = {"smtp_username": "us", "smtp_port": transport._settings.smtp_port, "smtp_host": "127.0.0.1"}
    await queue(database)
    await deliver(database, SmtpTransport(settings.model_copy(update=wrong)))
    assert (await only_mail(database)).status is MailStatus.QUEUED
    await make_due(database)
    assert await deliver(database, transport) == 1


async def test_while_the_server_is_down_mails_wait_ever_longer_and_not_for_ever(
    database: Database, settings: Settings
) -> None:
    nobody_listens = SmtpTransport(settings.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": 1}))
    await queue(database)
    waits = []
    for _ in range(MOST_ATTEMPTS):
        async with database.reading() as session:
            now = (await session.execute(select(func.clock_timestamp()))).scalar_one()
        await make_due(database)
        await deliver(database, nobody_listens)
        waits.append((await only_mail(database)).due_at - now)
    assert waits == sorted(waits)
    assert waits[-1] > 10 * waits[0]
    assert (await only_mail(database)).status is MailStatus.FAILED


async def test_a_mail_that_cannot_be_rendered_does_not_hold_up_the_others(
    database: Database, postbox
) -> None:
    box, transport = postbox
    await queue(database, "broken", template="auth/no_such_template")
    await queue(database, "fine")
    assert await deliver(database, transport) == 1
    assert len(box.received) == 1
    async with database.reading() as session:
        broken = (await session.scalars(select(Mail).where(Mail.key == "broken"))).one()
    assert broken.status is MailStatus.QUEUED
    assert "no_such_template" in str(broken.last_error)


async def test_mails_are_sent_once_by_deliveries_that_run_at_once(
    committed: Database, postbox, count: Callable[[str], Awaitable[int]]
) -> None:
    box, transport = postbox
    for number in range(6):
        await queue(committed, f"welcome:{number}")
    sent = await asyncio.gather(*(deliver(committed, transport) for _ in range(2)))
    assert sum(sent) == len(box.received) == await count("mails WHERE status = 'sent'") == 6
    assert len({envelope.content for envelope in box.received}) == 6


class KilledError(BaseException):
    """Past every handler of exceptions, as the end of a process is."""


class Dying(FileTransport):
    def send(self, *_: object) -> None:
        raise KilledError


async def test_a_mail_whose_worker_died_is_sent_by_another_after_its_lease(
    database: Database, postbox
) -> None:
    box, transport = postbox
    await queue(database)

    with pytest.raises(KilledError):
        await deliver(database, Dying(Path(), SENDER))
    assert await deliver(database, transport) == 0
    await make_due(database)
    assert await deliver(database, transport) == 1
    assert len(box.received) == 1
