"""What worker and beat do, in the test's own process and transaction."""

from email.message import EmailMessage

from sqlalchemy import text

from src.agreements import service as agreements
from src.appointments import service as appointments
from src.bookings import service as bookings
from src.bookings.rescheduling import closing
from src.core import outbox
from src.core.clock import utc_now
from src.core.config import Settings
from src.core.database import Database
from src.core.mail import service as mail
from src.core.mail.models import Mail
from src.payments import service as payments
from src.payments.payouts import service as payouts
from src.payments.transfers import service as transfers
from src.payments.webhooks import service as webhooks
from src.subscriptions import SUBSCRIPTIONS
from src.webhooks import delivery as announcements


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
        """Hears gateways, relays, handles, asks about checkouts, draws up, pays back, mails; until all is done."""
        while await webhooks.process(self._database, settings=self._settings):
            pass
        while await self._relay_and_handle():
            await payments.reconcile_checkouts(self._database, settings=self._settings)
        await agreements.draw_up_due(self._database)
        await payments.carry_out_refunds(self._database, settings=self._settings)
        await transfers.carry_out(self._database, settings=self._settings)
        await announcements.deliver_due(self._database, settings=self._settings)
        await mail.deliver_due(
            self._database,
            transport=self.mailbox,
            secret=self._settings.secret_key.get_secret_value(),
            urls={"frontend": self._settings.frontend_url, "api": self._settings.public_url},
        )

    async def create_payouts(self) -> int:
        return await payouts.create_due(self._database, settings=self._settings)

    async def expire_holds(self) -> int:
        async with self._database.transaction() as session:
            return await bookings.expire_holds(session)

    async def complete_past_bookings(self) -> int:
        async with self._database.transaction() as session:
            return await bookings.complete_past_bookings(session)

    async def expire_proposals(self) -> int:
        async with self._database.transaction() as session:
            return await closing.expire_proposals(session)

    async def settle_past_appointments(self) -> int:
        async with self._database.transaction() as session:
            return await appointments.settle_past_appointments(session, now=utc_now())

    async def remind_of_appointments(self) -> int:
        async with self._database.transaction() as session:
            return await appointments.remind(session)

    async def let_reminders_come(self) -> int:
        """As if every visit that is to be reminded of were a day away."""
        async with self._database.transaction() as session:
            await session.execute(
                text(
                    "UPDATE appointments SET remind_at = now() - interval '1 minute' WHERE remind_at > now()"
                )
            )
        return await self.remind_of_appointments()

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
