from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from src.companies.models import Company
from src.core.models import Base, HasId, HasTimestamps
from src.payments.gateways.base import AccountStatus


class PaymentAccount(HasId, HasTimestamps, Base):
    """A company's own account at a gateway; `ref` is the gateway's name for it, None while it is being opened.

    Tokens are sealed for this row (`core.encryption`).
    """

    __tablename__ = "payment_accounts"
    __table_args__ = (
        Index("uq_payment_accounts_company_id", "company_id", "gateway", unique=True),
        Index("ix_payment_accounts_ref", "gateway", "ref"),
    )

    company_id: Mapped[int] = mapped_column(ForeignKey(Company.id))
    gateway: Mapped[str] = mapped_column(String(20))
    ref: Mapped[str | None] = mapped_column(String(200))
    status: Mapped[AccountStatus] = mapped_column(server_default=AccountStatus.PENDING)
    location_ref: Mapped[str | None] = mapped_column(String(200))
    access_token: Mapped[str | None] = mapped_column(Text)
    refresh_token: Mapped[str | None] = mapped_column(Text)
    token_expires_at: Mapped[datetime | None]
