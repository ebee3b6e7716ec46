from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, SmallInteger, String, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from src.core.models import Base, HasId


class MailStatus(StrEnum):
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


class Mail(HasId, Base):
    """One mail to one person. Rendered when it is sent, so that no link with a token rests in the database.

    `key` names the cause and the recipient and is unique: a repeated handler queues nothing twice.
    """

    __tablename__ = "mails"
    __table_args__ = (
        Index("ix_mails_due", "due_at", postgresql_where="status = 'queued'"),
        Index("ix_mails_recipient", text("lower(recipient)")),
    )

    key: Mapped[str] = mapped_column(String(200), unique=True)
    template: Mapped[str] = mapped_column(String(100))
    recipient: Mapped[str] = mapped_column(String(320))
    params: Mapped[dict[str, Any]]
    status: Mapped[MailStatus] = mapped_column(server_default=MailStatus.QUEUED)
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    due_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    sent_at: Mapped[datetime | None]
