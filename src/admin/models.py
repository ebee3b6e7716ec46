from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, func
from sqlalchemy.orm import Mapped, mapped_column

from src.core.models import Base, HasId
from src.users.models import User


class AdminAction(HasId, Base):
    """What somebody of the platform's staff did on the admin pages; written once, a trigger refuses the rest.

    `form_key` names the form that was sent: sent twice, it acts once.
    """

    __tablename__ = "admin_actions"
    __table_args__ = (
        Index("ix_admin_actions_actor_id", "actor_id", "id"),
        Index("ix_admin_actions_subject", "subject", "subject_id", "id"),
    )

    form_key: Mapped[str] = mapped_column(String(43), unique=True)
    actor_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    subject: Mapped[str] = mapped_column(String(40))  # the name of a page: `user`, `charge`
    subject_id: Mapped[int]
    action: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
