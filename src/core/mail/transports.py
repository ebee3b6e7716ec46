"""Where a mail leaves: an SMTP server, or a folder of .eml files."""

import smtplib
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol

from src.core.config import Settings
from src.core.mail.models import Mail

SMTP_TIMEOUT_SECONDS = 20
PERMANENT_FAILURES = range(500, 600)


class DeliveryRefusedError(Exception):
    """The server will never take this mail (5xx, RFC 5321 section 4.2.1): no retry helps."""


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
        self.sender = settings.mail_from

    def send(self, message: EmailMessage, mail: Mail) -> None:
        settings = self._settings
        try:
            with smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=SMTP_TIMEOUT_SECONDS) as server:
                if settings.smtp_starttls:
                    server.starttls()
                if settings.smtp_username:
                    server.login(settings.smtp_username, settings.smtp_password.get_secret_value())
                server.send_message(message, to_addrs=[mail.recipient])
        except smtplib.SMTPAuthenticationError:
            raise  # 535 is about our password, not about this mail
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            _raise_for(codes[0], error)
        except smtplib.SMTPResponseException as error:
            _raise_for(error.smtp_code, error)


def _raise_for(code: int, error: Exception) -> None:
    if code in PERMANENT_FAILURES:
        raise DeliveryRefusedError(str(error)) from error
    raise error


def transport_from(settings: Settings) -> Transport:
    if settings.mail_transport == "files":
        return FileTransport(settings.mail_directory, settings.mail_from)
    return SmtpTransport(settings)
