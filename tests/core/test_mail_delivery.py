import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from email.parser import BytesParser
from email.policy import default
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP
from sqlalchemy import func, select, update

from src import worker
from src.core.config import Settings
from src.core.database import Database
from src.core.mail import service
from src.core.mail.models import Mail, MailStatus, MailSuppression
from src.core.mail.service import MOST_ATTEMPTS
from src.core.mail.transports import SMTP_TIMEOUT_SECONDS, FileTransport, SmtpTransport, transport_from
from tests.core.mails import (
    SENDER,
    Postbox,
    deliver,
    mail,
    make_due,
    only_mail,
    queue,
    refuse_log_in,
    rendered,
)


@pytest.fixture
async def postbox(settings: Settings):
    """The server and a transport to it."""
    box = Postbox()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(box, hostname="localhost", auth_require_tls=False, authenticator=refuse_log_in),
        "127.0.0.1",
        0,
    )
    port = server.sockets[0].getsockname()[1]
    transport = SmtpTransport(settings.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": port}))
    yield box, transport
    server.close()
    await server.wait_closed()


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


async def suppressions(database: Database) -> list[str]:
    async with database.reading() as session:
        return list(await session.scalars(select(MailSuppression.address)))


async def test_nothing_more_is_sent_to_an_address_that_nobody_has_until_it_is_confirmed(
    database: Database, postbox
) -> None:
    box, transport = postbox
    box.at_recipient = "550 5.1.1 no such mailbox"
    await queue(database)
    await deliver(database, transport)
    assert await suppressions(database) == ["mira@example.com"]
    box.at_recipient = "250 OK"

    await queue(database, "welcome:2", recipient="Mira@Example.com")
    assert await deliver(database, transport) == 0
    assert (await only_mail(database)).key == "welcome:1", "a refusal causes no mail"

    await queue(database, "verify", confirms_address=True)
    assert await deliver(database, transport) == 1
    async with database.transaction() as session:
        await service.allow_recipient(session, recipient="Mira@example.com")
    await queue(database, "welcome:3")
    assert await deliver(database, transport) == 1
    assert await suppressions(database) == []


@pytest.mark.parametrize(
    "answers",
    [
        {"at_recipient": "550 5.7.1 no spam"},
        {"at_recipient": "450 5.1.1 later"},
        {"at_data": "554 5.1.1 no"},
    ],
    ids=str,
)
async def test_a_refusal_that_is_not_about_the_mailbox_suppresses_nobody(
    database: Database, postbox, answers: dict[str, str]
) -> None:
    box, transport = postbox
    vars(box).update(answers)
    await queue(database)
    await deliver(database, transport)
    assert await suppressions(database) == []


async def test_deletion_forgets_a_suppressed_address(database: Database, postbox) -> None:
    box, transport = postbox
    box.at_recipient = "550 5.1.1 no such mailbox"
    await queue(database)
    await deliver(database, transport)
    async with database.transaction() as session:
        await service.forget_recipient(session, recipient="MIRA@example.com")
    assert await suppressions(database) == []


async def test_bounces_go_to_an_address_of_their_own(database: Database, postbox, settings: Settings) -> None:
    box, transport = postbox
    port = transport._settings.smtp_port
    there = settings.model_copy(update={"smtp_port": port, "mail_bounce_address": "bounces@downbeat.example"})
    for key, way in {"welcome:1": transport, "welcome:2": SmtpTransport(there)}.items():
        await queue(database, key)
        assert await deliver(database, way) == 1
    assert [envelope.mail_from for envelope in box.received] == [
        "no-reply@downbeat.example",
        "bounces@downbeat.example",
    ]


async def test_a_server_that_refuses_our_own_address_loses_no_mail(database: Database, postbox) -> None:
    box, transport = postbox
    box.at_sender = "550 5.7.1 who are you?"
    await queue(database)
    assert await deliver(database, transport) == 0
    assert (await only_mail(database)).status is MailStatus.QUEUED


async def test_a_server_that_has_taken_a_mail_and_says_goodbye_badly_gets_it_once(
    database: Database, postbox
) -> None:
    box, transport = postbox
    box.at_goodbye = "421 too busy"
    await queue(database)
    assert await deliver(database, transport) == 1
    await make_due(database)
    assert await deliver(database, transport) == 0
    assert len(box.received) == 1


async def test_a_delivery_begins_no_mail_that_its_worker_may_not_live_to_end(
    database: Database, postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert service.SHIFT_SECONDS + SMTP_TIMEOUT_SECONDS < worker.TASK_SECONDS < service.LEASE.total_seconds()
    box, transport = postbox
    monkeypatch.setattr(service, "SHIFT_SECONDS", 0)
    await queue(database)
    await queue(database, "welcome:2")
    assert await deliver(database, transport) == 1
    assert await deliver(database, transport) == 1
    assert len(box.received) == 2


async def test_old_mails_are_forgotten_and_waiting_ones_are_not(database: Database, postbox) -> None:
    _, transport = postbox
    await queue(database, "old")
    await deliver(database, transport)
    await queue(database, "old and waiting")
    async with database.transaction() as session:
        await session.execute(update(Mail).values(created_at=func.now() - timedelta(days=31)))
    await queue(database, "new")
    await deliver(database, transport)
    async with database.transaction() as session:
        await session.execute(
            update(Mail).where(Mail.key == "old and waiting").values(status=MailStatus.QUEUED)
        )
        assert await service.forget_old(session, days=30) == 1
        assert set(await session.scalars(select(Mail.key))) == {"old and waiting", "new"}
