from datetime import datetime

from sqlalchemy import Index, LargeBinary, SmallInteger, String, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from src.core.models import Base, HasId
from src.payments.webhooks.enums import NoticeStatus


class WebhookNotice(HasId, Base):
    """What a gateway has told us, word by word. Stored once however often it is told, then worked on by a worker.

    It may name customers: once it was worked on it is kept for `GATEWAY_NOTICE_DAYS`.
    `error` says why it is `unknown` or still `received`.
    """

    __tablename__ = "webhook_notices"
    __table_args__ = (
        Index("uq_webhook_notices_event", "gateway", "event_id", unique=True),
        Index(
            "ix_webhook_notices_finished",
            "received_at",
            postgresql_where="status IN ('done', 'ignored')",
        ),
        Index("ix_webhook_notices_unknown", "id", postgresql_where="status = 'unknown'"),
        Index("ix_webhook_notices_due", "due_at", postgresql_where="status = 'received'"),
    )

    gateway: Mapped[str] = mapped_column(String(20))
    event_id: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(100))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[NoticeStatus] = mapped_column(server_default=NoticeStatus.RECEIVED)
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    due_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    received_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    error: Mapped[str | None] = mapped_column(Text)
