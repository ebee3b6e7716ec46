from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from src.core.models import Base, HasId
from src.users.models import User


class Notification(HasId, Base):
    """Something a user is told inside the product; `facts` holds ids, names and times for the client to render.

    `key` names the cause: however often that is handled, the user is told once. `about_user_id` is the person whom
    the facts name, so that their name goes when they do.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("user_id", "key"),
        Index("ix_notifications_user_id", "user_id", "id"),
        Index("ix_notifications_unread", "user_id", "id", postgresql_where="read_at IS NULL"),
        Index("ix_notifications_about_user_id", "about_user_id"),
        Index("ix_notifications_created_at", "created_at"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(60))
    key: Mapped[str] = mapped_column(String(200))
    facts: Mapped[dict[str, Any]]
    about_user_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    read_at: Mapped[datetime | None]


class NotificationPreference(Base):
    """What a user has chosen for a kind; who has chosen nothing is told everything, in both ways."""

    __tablename__ = "notification_preferences"

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(60), primary_key=True)
    in_app: Mapped[bool]
    email: Mapped[bool]
