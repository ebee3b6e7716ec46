from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from src.companies.models import Company
from src.core.models import Base, CurrencyCode, HasId, HasTimestamps
from src.payments.enums import PayoutStatus
from src.payments.gateways.base import TransferRefusal
from src.payments.models import Charge, LedgerTransaction
from src.users.models import User


class Payout(HasId, HasTimestamps, Base):
    """Money to an owner: the sum of its items (a trigger holds it), one a company, currency and day (UTC) at most.

    Minor units; `tax_amount` is part of `amount`. It has a transfer where a gateway sends it; else an administrator
    of the platform pays it by hand, and `note` says how. `failure`: why the gateway has refused it.
    """

    __tablename__ = "payouts"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("(status = 'sent') = (sent_at IS NOT NULL)", name="sent"),
        CheckConstraint("(status = 'failed') = (failure IS NOT NULL)", name="failed"),
        Index("uq_payouts_day", "company_id", "currency", "day", unique=True),
        Index("ix_payouts_company_id", "company_id", "id"),
        Index("ix_payouts_paid_by_id", "paid_by_id"),
        Index("ix_payouts_unsent", "id", postgresql_where="status <> 'sent'"),
    )

    company_id: Mapped[int] = mapped_column(ForeignKey(Company.id))
    currency: Mapped[CurrencyCode]
    amount: Mapped[int]
    tax_amount: Mapped[int]
    status: Mapped[PayoutStatus] = mapped_column(server_default=PayoutStatus.PENDING)
    day: Mapped[date] = mapped_column(server_default=text("(clock_timestamp() AT TIME ZONE 'UTC')::date"))
    failure: Mapped[TransferRefusal | None]
    sent_at: Mapped[datetime | None]
    paid_by_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    note: Mapped[str] = mapped_column(String(200), server_default="")


class PayoutItem(HasId, Base):
    """What one transaction of the ledger changed in the debt to an owner; part of one payout at most, for good.

    Minor units, positive for what the owner gets; `tax_amount` is part of `amount`.
    """

    __tablename__ = "payout_items"
    __table_args__ = (
        Index("uq_payout_items_transaction_id", "transaction_id", unique=True),
        Index("ix_payout_items_charge_id", "charge_id"),
        Index("ix_payout_items_payout_id", "payout_id"),
        Index("ix_payout_items_company_id", "company_id"),
        Index("ix_payout_items_unpaid", "company_id", "earned_at", postgresql_where="payout_id IS NULL"),
    )

    transaction_id: Mapped[int] = mapped_column(ForeignKey(LedgerTransaction.id))
    charge_id: Mapped[int] = mapped_column(ForeignKey(Charge.id))
    company_id: Mapped[int] = mapped_column(ForeignKey(Company.id))
    currency: Mapped[CurrencyCode]
    amount: Mapped[int]
    tax_amount: Mapped[int]
    earned_at: Mapped[datetime]
    payout_id: Mapped[int | None] = mapped_column(ForeignKey(Payout.id))
