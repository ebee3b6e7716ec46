from datetime import datetime

from sqlalchemy import Index, String, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from src.core.identity import Role
from src.core.models import Base, HasId, HasTimestamps

LONGEST_EMAIL = 320
LONGEST_NAME = 120
LONGEST_AVATAR = 500
DEFAULT_LOCALE = "en"


class User(HasId, HasTimestamps, Base):
    """A person. E-mail addresses are kept as typed and are unique whatever their case.

    `password_hash` is absent for people who only come through Google. A deactivated user can't log in, and
    ends every session by that.
    """

    __tablename__ = "users"

    email: Mapped[str] = mapped_column(String(LONGEST_EMAIL))
    password_hash: Mapped[str | None] = mapped_column(String(255))
    role: Mapped[Role] = mapped_column(server_default=Role.USER)
    firstname: Mapped[str] = mapped_column(String(LONGEST_NAME))
    lastname: Mapped[str] = mapped_column(String(LONGEST_NAME))
    phone: Mapped[str | None] = mapped_column(String(16))  # E.164
    bio: Mapped[str | None] = mapped_column(Text)
    locale: Mapped[str] = mapped_column(String(10), server_default=DEFAULT_LOCALE)
    avatar: Mapped[str | None] = mapped_column(
        String(LONGEST_AVATAR)
    )  # an address elsewhere, as Google gives it
    photo: Mapped[str | None] = mapped_column(String(200))  # a key of our own storage
    email_verified_at: Mapped[datetime | None]
    password_changed_at: Mapped[datetime | None]  # not by an upgrade of its hash
    deactivated_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]  # nobody's any more: anonymous, kept for bookings and the ledger

    @property
    def is_verified(self) -> bool:
        return self.email_verified_at is not None


Index("uq_users_email", func.lower(User.email), unique=True)
# The few that administrators look for among all.
Index("ix_users_admins", User.id, postgresql_where="role = 'admin'")
Index("ix_users_deactivated", User.id, postgresql_where="deactivated_at IS NOT NULL")
