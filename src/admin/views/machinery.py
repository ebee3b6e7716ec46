"""What carries news out and in: mails, the outbox, webhooks of gateways and to integrators. Never their contents."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from src.admin.actions import Action, replay_delivery, retry_event, retry_notice, send_mail_again
from src.admin.views.base import Choice, ReadOnlyView, Table, choice_of, show
from src.core.events import EventHandling, OutboxRecord
from src.core.mail.models import Mail, MailStatus
from src.payments.webhooks.enums import NoticeStatus
from src.payments.webhooks.models import WebhookNotice
from src.webhooks.enums import DeliveryStatus
from src.webhooks.models import WebhookAttempt, WebhookDelivery

SET_ASIDE = OutboxRecord.id.in_(select(EventHandling.event_id).where(EventHandling.error.is_not(None)))


class MailView(ReadOnlyView, model=Mail):
    name, name_plural, icon = "Mail", "Mails", "ti ti-mail"
    listed = ("id", "template", "recipient", "status", "attempts", "created_at", "sent_at")
    detailed = (*listed, "due_at", "last_error")
    search_hint = "id or recipient"
    choices = (choice_of(Mail.status, MailStatus),)
    actions = (
        Action(
            name="resend",
            label="Send again",
            question="It goes out with the next round, a few seconds from now.",
            run=send_mail_again,
            is_for=lambda mail: mail.status is MailStatus.FAILED,
        ),
    )

    def find(self, term: str) -> ColumnElement[bool]:
        return or_(super().find(term), func.lower(Mail.recipient) == func.lower(term))


class OutboxView(ReadOnlyView, model=OutboxRecord):
    name, name_plural, icon = "Event", "Outbox", "ti ti-arrow-up-right"
    listed = ("id", "name", "created_at", "sent_at")
    detailed = (*listed, "payload")
    labels = {"sent_at": "Handed to the broker"}
    choices = (Choice("state", "State", {"set aside": SET_ASIDE, "waiting": OutboxRecord.sent_at.is_(None)}),)
    actions = (
        Action(
            name="retry",
            label="Hand out again",
            question="The handlers that gave it up get it once more; those that have dealt with it do nothing.",
            run=retry_event,
            is_for=lambda event: event.sent_at is not None,
        ),
    )

    async def related(self, row: Any) -> Sequence[Table]:
        handlings = select(EventHandling.handler, EventHandling.handled_at, EventHandling.error)
        rows = await self.rows_of(
            handlings.where(EventHandling.event_id == row.id).order_by(EventHandling.handler)
        )
        return [
            Table(
                "Handlers",
                ("Handler", "When", "Given up because of"),
                [tuple(map(show, one)) for one in rows],
            )
        ]


class NoticeView(ReadOnlyView, model=WebhookNotice):
    name, name_plural, icon = "Notice", "Gateway webhooks", "ti ti-arrow-down-left"
    listed = ("id", "gateway", "subject", "status", "attempts", "received_at")
    detailed = (*listed, "event_id", "due_at", "error")
    choices = (choice_of(WebhookNotice.status, NoticeStatus),)
    actions = (
        Action(
            name="retry",
            label="Work on it again",
            question="The gateway is asked about it once more, within seconds.",
            run=retry_notice,
            is_for=lambda notice: notice.status in {NoticeStatus.RECEIVED, NoticeStatus.UNKNOWN},
        ),
    )


class DeliveryView(ReadOnlyView, model=WebhookDelivery):
    name, name_plural, icon = "Delivery", "Integrator webhooks", "ti ti-webhook"
    listed = ("id", "message_id", "endpoint_id", "status", "attempts", "due_at", "delivered_at")
    detailed = listed
    choices = (choice_of(WebhookDelivery.status, DeliveryStatus),)
    scopes = ("endpoint_id",)
    actions = (
        Action(
            name="replay",
            label="Send again",
            question="The integrator gets it once more, whether it was taken or not.",
            run=replay_delivery,
            is_for=lambda delivery: delivery.status is not DeliveryStatus.PENDING,
        ),
    )

    async def related(self, row: Any) -> Sequence[Table]:
        attempts = select(
            WebhookAttempt.attempted_at,
            WebhookAttempt.duration_ms,
            WebhookAttempt.status_code,
            WebhookAttempt.problem,
        )
        rows = await self.rows_of(
            attempts.where(WebhookAttempt.delivery_id == row.id).order_by(WebhookAttempt.id.desc()).limit(50)
        )
        columns = ("When", "Took (ms)", "Status", "Problem")
        return [Table("Tries", columns, [tuple(map(show, one)) for one in rows])]
