"""What worker and beat do, in the test's own process and transaction."""

from email.message import EmailMessage

from src.bookings import service as bookings
from src.core import outbox
from src.core.config import Settings
from src.core.database import Database
from src.core.mail import service as mail
from src.core.mail.models import Mail
from src.payments import service as payments
from src.subscriptions import SUBSCRIPTIONS


class Mailbox(list[EmailMessage]):
    """A mail transport that keeps what it is given."""

    sender = "Downbeat <no-reply@downbeat.example>"

    def send(self, message: EmailMessage, mail: Mail) -> None:  # noqa: ARG002 - the protocol's
        self.append(message)

    def to(self, address: str) -> list[EmailMessage]:
        return [message for message in self if message["To"] == address]

    def subjects(self, address: str) -> list[str]:
        return [message["Subject"] for message in self.to(address)]


class Worker:
    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self.mailbox = Mailbox()

    async def run(self) -> None:
        """Relays, handles, pays back and mails until there is nothing left to do."""
        while await self._relay_and_handle():
            pass
        await payments.carry_out_refunds(self._database, settings=self._settings)
        await mail.deliver_due(
            self._database,
            transport=self.mailbox,
            secret=self._settings.secret_key.get_secret_value(),
            urls={"frontend": self._settings.frontend_url, "api": self._settings.public_url},
        )

    async def expire_holds(self) -> int:
        async with self._database.transaction() as session:
            return await bookings.expire_holds(session)

    async def _relay_and_handle(self) -> int:
        work: list[tuple[int, str]] = []
        async with self._database.transaction() as session:
            relayed = await outbox.relay(
                session,
                subscriptions=SUBSCRIPTIONS,
                dispatch=lambda event_id, handler: work.append((event_id, handler)),
            )
        for event_id, handler in work:
            async with self._database.transaction() as session:
                await outbox.handle(session, subscriptions=SUBSCRIPTIONS, event_id=event_id, handler=handler)
        return relayed
