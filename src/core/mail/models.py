from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, SmallInteger, String, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from src.core.models import Base, HasId


class MailStatus(StrEnum):
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


class Mail(HasId, Base):
    """One mail to one person. Rendered when it is sent, so that no link with a token rests in the database.

    `key` names the cause and the recipient and is unique: a repeated handler queues nothing twice. What isn't
    transactional says who may switch off what by its link.
    """

    __tablename__ = "mails"
    __table_args__ = (
        CheckConstraint(
            "is_transactional OR user_id IS NOT NULL AND kind IS NOT NULL", name="can_be_unsubscribed"
        ),
        Index("ix_mails_due", "due_at", postgresql_where="status = 'queued'"),
        Index("ix_mails_done", "created_at", postgresql_where="status <> 'queued'"),
        Index("ix_mails_failed", "id", postgresql_where="status = 'failed'"),
        Index("ix_mails_recipient", text("lower(recipient)")),
    )

    key: Mapped[str] = mapped_column(String(200), unique=True)
    template: Mapped[str] = mapped_column(String(100))
    recipient: Mapped[str] = mapped_column(String(320))
    locale: Mapped[str] = mapped_column(String(10), server_default="en")  # as of users: `de-AT`
    user_id: Mapped[int | None]
    kind: Mapped[str | None] = mapped_column(String(60))
    is_transactional: Mapped[bool] = mapped_column(server_default="true")
    params: Mapped[dict[str, Any]]
    calendar_entry: Mapped[
        dict[str, Any] | None
    ]  # an `Entry` of core/ical.py, attached when the mail is rendered
    status: Mapped[MailStatus] = mapped_column(server_default=MailStatus.QUEUED)
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    due_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    sent_at: Mapped[datetime | None]


class MailSuppression(HasId, Base):
    """An address that nobody has, as its own server says: nothing is sent to it until it is confirmed again."""

    __tablename__ = "mail_suppressions"
    __table_args__ = (Index("uq_mail_suppressions_address", text("lower(address)"), unique=True),)

    address: Mapped[str] = mapped_column(String(320))
    answer: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
