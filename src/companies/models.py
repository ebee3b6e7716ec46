from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, SmallInteger, String, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from src.companies.enums import CancellationPolicy
from src.core.models import Base, CurrencyCode, HasId, HasTimestamps
from src.users.models import User


class Company(HasId, HasTimestamps, Base):
    """A business that owns studios. All its prices are in its currency.

    `revision` grows with every change of what a booking costs or pays back, as that of a room does.
    """

    __tablename__ = "companies"
    __table_args__ = (
        Index("ix_companies_slug_prefix", "slug", postgresql_ops={"slug": "varchar_pattern_ops"}),
        CheckConstraint("platform_fee_bp BETWEEN 0 AND 10000", name="platform_fee_bp"),
        CheckConstraint("tax_rate_bp BETWEEN 0 AND 10000", name="tax_rate_bp"),
        CheckConstraint(
            "(cancellation_policy = 'custom') = (cancellation_tiers IS NOT NULL)", name="cancellation_tiers"
        ),
    )

    name: Mapped[str] = mapped_column(String(120))
    slug: Mapped[str] = mapped_column(String(100), unique=True)
    currency: Mapped[CurrencyCode]
    logo: Mapped[str | None] = mapped_column(String(200))  # a key of our own storage
    platform_fee_bp: Mapped[int] = mapped_column(SmallInteger, server_default="1000")
    tax_rate_bp: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    prices_include_tax: Mapped[bool] = mapped_column(server_default="true")
    cancellation_policy: Mapped[CancellationPolicy] = mapped_column(
        server_default=CancellationPolicy.MODERATE
    )
    cancellation_tiers: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    revision: Mapped[int] = mapped_column(Integer, server_default="1")
    # Closed: nothing of it is on the market, its members have no rights, its admins may still read.
    deactivated_at: Mapped[datetime | None]

    @property
    def is_active(self) -> bool:
        return self.deactivated_at is None


class CompanyAdmin(Base):
    __tablename__ = "company_admins"
    __table_args__ = (Index("ix_company_admins_user_id", "user_id"),)

    company_id: Mapped[int] = mapped_column(ForeignKey(Company.id, ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class AuditEntry(HasId, Base):
    """Who changed what of a company; written once, a trigger refuses the rest.

    `changes` maps a field to its value before and after.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_company_id_id", "company_id", "id"),
        Index("ix_audit_entries_company_id_actor_id", "company_id", "actor_id", "id"),
        Index("ix_audit_entries_actor_id", "actor_id"),
    )

    company_id: Mapped[int] = mapped_column(ForeignKey(Company.id))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))  # None: the platform itself
    is_platform_admin: Mapped[bool]
    action: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[int]
    changes: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
