from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from src.core.models import Base, HasId
from src.messages.models import Message
from src.messages.reports.enums import ReportReason, ReportStatus
from src.users.models import User


class Report(HasId, Base):
    """That somebody finds a message, and with it its sender, intolerable; for the platform's administrators."""

    __tablename__ = "message_reports"
    __table_args__ = (
        UniqueConstraint("message_id", "reporter_id"),
        CheckConstraint(
            "(status = 'open') = (resolved_at IS NULL) AND (resolved_at IS NULL) = (resolved_by_id IS NULL)",
            name="resolved",
        ),
        Index("ix_message_reports_status", "status", "id"),
        Index("ix_message_reports_reporter_id", "reporter_id"),
        Index("ix_message_reports_resolved_by_id", "resolved_by_id"),
    )

    message_id: Mapped[int] = mapped_column(ForeignKey(Message.id))
    reporter_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    reason: Mapped[ReportReason]
    note: Mapped[str] = mapped_column(Text)
    status: Mapped[ReportStatus] = mapped_column(server_default=ReportStatus.OPEN)
    resolution: Mapped[str] = mapped_column(Text, server_default="")
    resolved_by_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    resolved_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
