from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from src.agreements.enums import Side
from src.bookings import reference
from src.bookings.models import Booking
from src.core.models import Base, HasId
from src.users.models import LONGEST_NAME, User

LONGEST_IP = 45
SHA256_BYTES = 32


class Agreement(HasId, Base):
    """A version of the contract for a booking. Written once, and kept whatever becomes of the people in it.

    `sha256` is of the PDF's bytes. `terms_sha256` is of what was agreed: a booking whose terms have another one has
    changed since. `content` is what the template was filled with.
    """

    __tablename__ = "agreements"
    __table_args__ = (
        UniqueConstraint("booking_id", "version"),
        CheckConstraint("version > 0", name="version"),
        CheckConstraint(
            f"length(sha256) = {SHA256_BYTES} AND length(terms_sha256) = {SHA256_BYTES}", name="sha256"
        ),
    )

    booking_id: Mapped[int] = mapped_column(ForeignKey(Booking.id))
    version: Mapped[int] = mapped_column(Integer)
    terms_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    content: Mapped[dict[str, Any]]
    pdf: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]  # the moment that the PDF names

    @property
    def number(self) -> str:
        return numbered(self.booking_id, self.version)


def numbered(booking_id: int, version: int) -> str:
    """What people call it: `AGR-K7Q2-M4XD-v2`."""
    return f"AGR-{reference.encode(booking_id)}-v{version}"


class Acceptance(HasId, Base):
    """That a side has accepted a version: once, by whom, when and from where. Never changed."""

    __tablename__ = "agreement_acceptances"
    __table_args__ = (
        UniqueConstraint("agreement_id", "side"),
        Index("ix_agreement_acceptances_user_id", "user_id"),
    )

    agreement_id: Mapped[int] = mapped_column(ForeignKey(Agreement.id))
    side: Mapped[Side]
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    name: Mapped[str] = mapped_column(String(2 * LONGEST_NAME + 1))  # as it was then
    client_address: Mapped[str | None] = mapped_column(String(LONGEST_IP))
    accepted_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class DueAgreement(Base):
    """A booking whose agreement a worker is to draw up, from `due_at` on; gone when it is done."""

    __tablename__ = "due_agreements"
    __table_args__ = (Index("ix_due_agreements_due_at", "due_at"),)

    booking_id: Mapped[int] = mapped_column(ForeignKey(Booking.id), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    last_error: Mapped[str | None] = mapped_column(Text)
