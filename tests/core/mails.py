"""What tests of mails share: one to render, a queue, and a real SMTP server."""

from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import AuthResult, Envelope
from sqlalchemy import func, select, update

from src.core.database import Database
from src.core.mail import service
from src.core.mail.models import Mail
from src.core.mail.rendering import render
from src.core.mail.transports import Transport

URLS = {"frontend": "https://downbeat.example", "api": "https://api.downbeat.example"}
SENDER = "Downbeat <no-reply@downbeat.example>"
FACTS: dict[str, Any] = {
    "firstname": "Mira",
    "customer": "Mira Okafor",
    "title": "Live Room A",
    "room": "Live Room A",
    "seats": None,
    "studio": "Berwick Street",
    "street": "12 Berwick Street",
    "starts": "2027-03-01T18:00:00+00:00",
    "ends": "2027-03-01T20:00:00+00:00",
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
        locale="en-GB",
        is_transactional=True,
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


async def queue(database: Database, key: str = "welcome:1", **more: Any) -> None:
    wanted = {"template": "auth/welcome", "recipient": "mira@example.com", "params": {}} | more
    async with database.transaction() as session:
        await service.queue(session, key=key, **wanted)


async def deliver(database: Database, transport: Transport) -> int:
    return await service.deliver_due(database, transport=transport, secret="k" * 32, urls=URLS)


async def make_due(database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(update(Mail).values(due_at=func.clock_timestamp()))


async def only_mail(database: Database) -> Mail:
    async with database.reading() as session:
        return (await session.scalars(select(Mail))).one()


class Postbox:
    """A real SMTP server; says what it is told to at MAIL, at RCPT, at the end of DATA, and at QUIT."""

    def __init__(self) -> None:
        self.at_sender = self.at_recipient = self.at_data = "250 OK"
        self.at_goodbye = "221 Bye"
        self.received: list[Envelope] = []

    async def handle_MAIL(self, _server: Any, _session: Any, envelope: Envelope, address: str, _: Any) -> str:  # noqa: N802
        envelope.mail_from = address
        return self.at_sender

    async def handle_QUIT(self, *_: Any) -> str:  # noqa: N802
        return self.at_goodbye

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Envelope, address: str, _: Any) -> str:  # noqa: N802
        if self.at_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.at_recipient

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        if self.at_data.startswith("250"):
            self.received.append(envelope)
        return self.at_data


def refuse_log_in(*_: Any) -> AuthResult:
    return AuthResult(success=False, handled=False)
