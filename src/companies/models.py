from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, func
from sqlalchemy.orm import Mapped, mapped_column

from src.companies.enums import CancellationPolicy
from src.core.models import Base, CurrencyCode, HasId, HasTimestamps
from src.users.models import User


class Company(HasId, HasTimestamps, Base):
    """A business that owns studios. All its prices are in its currency."""

    __tablename__ = "companies"
    __table_args__ = (CheckConstraint("platform_fee_bp BETWEEN 0 AND 10000", name="platform_fee_bp"),)

    name: Mapped[str] = mapped_column(String(120))
    slug: Mapped[str] = mapped_column(String(100), unique=True)
    currency: Mapped[CurrencyCode]
    logo: Mapped[str | None] = mapped_column(String(200))  # a key of our own storage
    platform_fee_bp: Mapped[int] = mapped_column(SmallInteger, server_default="1000")
    cancellation_policy: Mapped[CancellationPolicy] = mapped_column(
        server_default=CancellationPolicy.MODERATE
    )


class CompanyAdmin(Base):
    __tablename__ = "company_admins"
    __table_args__ = (Index("ix_company_admins_user_id", "user_id"),)

    company_id: Mapped[int] = mapped_column(ForeignKey(Company.id, ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
