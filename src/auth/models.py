from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from src.auth.enums import OneTimeTokenPurpose
from src.core.models import Base, HasId
from src.users.models import User

LONGEST_USER_AGENT = 300
LONGEST_IP = 45  # an IPv4 address inside an IPv6 address


class Session(HasId, Base):
    """One log-in on one device: the family of all its refresh tokens. `expires_at` never moves.

    `last_used_at` is the log-in or the last refresh: requests in between write nothing.
    """

    __tablename__ = "auth_sessions"

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    last_used_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    user_agent: Mapped[str | None] = mapped_column(String(LONGEST_USER_AGENT))
    ip: Mapped[str | None] = mapped_column(String(LONGEST_IP))


class RefreshToken(HasId, Base):
    """SHA-256 of an opaque token. It works once; using it again ends its session."""

    __tablename__ = "refresh_tokens"

    session_id: Mapped[int] = mapped_column(ForeignKey(Session.id, ondelete="CASCADE"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    used_at: Mapped[datetime | None]


class OneTimeToken(HasId, Base):
    """SHA-256 of the token that `core.signing.derive_token` derives from the purpose and this row's id."""

    __tablename__ = "one_time_tokens"
    __table_args__ = (Index("ix_one_time_tokens_user_id_purpose", "user_id", "purpose", "created_at"),)

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    purpose: Mapped[OneTimeTokenPurpose]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ExternalIdentity(HasId, Base):
    """A Google account that signs in as this user. An address may change hands; issuer and subject never do."""

    __tablename__ = "external_identities"
    __table_args__ = (UniqueConstraint("issuer", "subject"), UniqueConstraint("user_id", "issuer"))

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    issuer: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class SignInCode(HasId, Base):
    """SHA-256 of the code that the site trades for tokens after a sign-in elsewhere; deleted by its use.

    `challenge` is S256 of what the site has to show with it (RFC 7636).
    """

    __tablename__ = "sign_in_codes"

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    challenge: Mapped[str | None] = mapped_column(String(43))
    expires_at: Mapped[datetime]
