"""Where a mail leaves: an SMTP server, or a folder of .eml files."""

import re
import smtplib
from contextlib import suppress
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from typing import Protocol

from src.core.config import Settings
from src.core.mail.models import Mail

SMTP_TIMEOUT_SECONDS = 20
PERMANENT_FAILURES = range(500, 600)
# "Bad destination mailbox address" (RFC 3463 section 3.2); other refusals may be about the mail, or about us.
NO_SUCH_MAILBOX = re.compile(rb"5\.1\.1\b")


class DeliveryRefusedError(Exception):
    """The server will never take this mail (5xx, RFC 5321 section 4.2.1): no retry helps."""


class NoSuchMailboxError(DeliveryRefusedError):
    """Nor any other mail to this address."""


class Transport(Protocol):
    sender: str

    def send(self, message: EmailMessage, mail: Mail) -> None:
        """Blocks. Raises `DeliveryRefusedError` for good, `OSError` when it may work later."""
        ...


class FileTransport:
    """Writes `.eml` files; a mail sent twice is one file."""

    def __init__(self, directory: Path, sender: str) -> None:
        self._directory = directory
        self.sender = sender

    def send(self, message: EmailMessage, mail: Mail) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        name = f"{mail.id:08d}-{mail.template.replace('/', '-')}.eml"
        unfinished = self._directory / f".{name}"
        unfinished.write_bytes(bytes(message))
        unfinished.replace(self._directory / name)


class SmtpTransport:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._envelope_sender = settings.mail_bounce_address or parseaddr(settings.mail_from)[1]
        self.sender = settings.mail_from

    def send(self, message: EmailMessage, mail: Mail) -> None:
        settings = self._settings
        server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=SMTP_TIMEOUT_SECONDS)
        try:
            if settings.smtp_starttls:
                server.starttls()
            if settings.smtp_username:
                server.login(settings.smtp_username, settings.smtp_password.get_secret_value())
            server.send_message(message, from_addr=self._envelope_sender, to_addrs=[mail.recipient])
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPSenderRefused):
            raise  # about our password or our address, not about this mail
        except smtplib.SMTPRecipientsRefused as error:
            ((code, answer),) = error.recipients.values()
            raise _refusal(code, answer, error) from error
        except smtplib.SMTPResponseException as error:
            raise _refusal(error.smtp_code, b"", error) from error
        finally:
            # The mail is with the server by now, or isn't: how the goodbye goes says nothing about that.
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
            server.close()


def _refusal(code: int, answer: bytes, error: smtplib.SMTPException) -> Exception:
    """`error` itself when it is not for ever."""
    if code not in PERMANENT_FAILURES:
        return error
    kind = NoSuchMailboxError if NO_SUCH_MAILBOX.match(answer) else DeliveryRefusedError
    return kind(str(error))


def transport_from(settings: Settings) -> Transport:
    if settings.mail_transport == "files":
        return FileTransport(settings.mail_directory, settings.mail_from)
    return SmtpTransport(settings)
