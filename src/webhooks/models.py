from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from src.companies.models import Company
from src.core.models import Base, HasId, HasTimestamps
from src.webhooks.enums import DeliveryStatus, DisabledReason


class WebhookEndpoint(HasId, HasTimestamps, Base):
    """An integrator's address that a company has us send its events to.

    Secrets are sealed for this row (`core.encryption`); the previous one signs along until `previous_secret_until`.
    """

    __tablename__ = "webhook_endpoints"
    __table_args__ = (
        CheckConstraint("(disabled_at IS NULL) = (disabled_reason IS NULL)", name="disabled"),
        CheckConstraint(
            "(previous_secret IS NULL) = (previous_secret_until IS NULL)", name="previous_secret"
        ),
        Index("ix_webhook_endpoints_company_id", "company_id"),
    )

    company_id: Mapped[int] = mapped_column(ForeignKey(Company.id))
    url: Mapped[str] = mapped_column(String(2000))
    description: Mapped[str] = mapped_column(String(200), server_default="")
    event_types: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))  # None: all
    secret: Mapped[str] = mapped_column(Text)
    previous_secret: Mapped[str | None] = mapped_column(Text)
    previous_secret_until: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    disabled_reason: Mapped[DisabledReason | None]


class WebhookMessage(HasId, Base):
    """What is told of one event, the same to each endpoint; its id is the `webhook-id`."""

    __tablename__ = "webhook_messages"
    __table_args__ = (
        Index("ix_webhook_messages_company_id", "company_id"),
        Index("ix_webhook_messages_created_at", "created_at"),
    )

    company_id: Mapped[int] = mapped_column(ForeignKey(Company.id))
    type: Mapped[str] = mapped_column(String(60))  # an `EventType`
    data: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class WebhookDelivery(HasId, Base):
    """One message to one endpoint, until it is taken or given up; `attempts` counts since the last replay."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index("uq_webhook_deliveries_message", "message_id", "endpoint_id", unique=True),
        Index("ix_webhook_deliveries_endpoint_id", "endpoint_id", "id"),
        Index("ix_webhook_deliveries_failed", "id", postgresql_where="status = 'failed'"),
        Index("ix_webhook_deliveries_due", "due_at", postgresql_where="status = 'pending'"),
    )

    message_id: Mapped[int] = mapped_column(ForeignKey(WebhookMessage.id, ondelete="CASCADE"))
    endpoint_id: Mapped[int] = mapped_column(ForeignKey(WebhookEndpoint.id, ondelete="CASCADE"))
    status: Mapped[DeliveryStatus] = mapped_column(server_default=DeliveryStatus.PENDING)
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    due_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    delivered_at: Mapped[datetime | None]


class WebhookAttempt(HasId, Base):
    """One try: the status that came back, or why there was none."""

    __tablename__ = "webhook_attempts"
    __table_args__ = (
        CheckConstraint("(status_code IS NULL) = (problem IS NOT NULL)", name="outcome"),
        Index("ix_webhook_attempts_delivery_id", "delivery_id", "id"),
    )

    delivery_id: Mapped[int] = mapped_column(ForeignKey(WebhookDelivery.id, ondelete="CASCADE"))
    attempted_at: Mapped[datetime]
    duration_ms: Mapped[int]
    status_code: Mapped[int | None] = mapped_column(SmallInteger)
    problem: Mapped[str | None] = mapped_column(String(200))
    response: Mapped[str | None] = mapped_column(String(500))  # how the answer begins
