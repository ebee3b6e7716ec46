from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from src.bookings.models import Booking
from src.companies.models import Company
from src.core.models import Base, CurrencyCode, HasId, HasTimestamps
from src.payments.enums import Account, ChargeStatus, RefundReason, RefundStatus
from src.payments.intents import Intent
from src.users.models import User


class Charge(HasId, HasTimestamps, Base):
    """An attempt to collect the price of a booking. Written and committed before the gateway is called.

    Amounts are minor units. `fee_amount` is the platform's part and `tax_amount` the tax, in the proportion of the
    bill that it pays; `is_fee_collected`: the gateway pays the fee to us by itself. `refunded_amount` counts
    refunds from the moment they are decided, `lost_amount` is what a bank took back beside them. While it is open,
    the gateway is asked about it at `due_at`. What is left is the owner's once the booking took place (`earned_at`).
    """

    __tablename__ = "charges"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint(
            "refunded_amount >= 0 AND lost_amount >= 0 AND refunded_amount + lost_amount <= amount",
            name="refunded",
        ),
        CheckConstraint(
            "refunded_amount + lost_amount = 0 AND earned_at IS NULL OR status = 'succeeded'",
            name="refunded_was_paid",
        ),
        CheckConstraint(
            "fee_amount >= 0 AND tax_amount >= 0 AND fee_amount + tax_amount <= amount", name="shares"
        ),
        Index("ix_charges_booking_id", "booking_id"),
        Index("ix_charges_company_id", "company_id", "id"),
        Index("ix_charges_recorded_by_id", "recorded_by_id"),
        Index("ix_charges_payment_ref", "gateway", "payment_ref"),
        Index(
            "ix_charges_paid",
            "paid_at",
            postgresql_include=["currency", "amount", "refunded_amount"],
            postgresql_where="status = 'succeeded'",
        ),
        Index("ix_charges_due", "due_at", postgresql_where="status = 'open'"),
        Index("uq_charges_gateway_ref", "gateway", "gateway_ref", unique=True),
        # Two tabs share one checkout.
        Index(
            "uq_charges_open",
            "booking_id",
            "gateway",
            unique=True,
            postgresql_where="status = 'open'",
        ),
    )

    booking_id: Mapped[int] = mapped_column(ForeignKey(Booking.id))
    company_id: Mapped[int] = mapped_column(ForeignKey(Company.id))
    gateway: Mapped[str] = mapped_column(String(20))
    gateway_ref: Mapped[str | None] = mapped_column(String(200))
    page_ref: Mapped[str | None] = mapped_column(String(200))
    checkout_url: Mapped[str | None] = mapped_column(String(2000))
    status: Mapped[ChargeStatus] = mapped_column(server_default=ChargeStatus.OPEN)
    amount: Mapped[int]
    refunded_amount: Mapped[int] = mapped_column(server_default="0")
    currency: Mapped[CurrencyCode]
    lost_amount: Mapped[int] = mapped_column(server_default="0")
    fee_amount: Mapped[int] = mapped_column(server_default="0")
    tax_amount: Mapped[int] = mapped_column(server_default="0")
    is_paid_to_owner: Mapped[bool] = mapped_column(server_default="false")
    is_fee_collected: Mapped[bool] = mapped_column(server_default="true")
    payment_ref: Mapped[str | None] = mapped_column(String(200))
    expires_at: Mapped[datetime]  # of the hold when the checkout was asked for
    page_expires_at: Mapped[datetime | None]  # of the gateway's page
    paid_at: Mapped[datetime | None]
    earned_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    due_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    recorded_by_id: Mapped[int | None] = mapped_column(
        ForeignKey(User.id)
    )  # of money that people have counted
    note: Mapped[str] = mapped_column(String(200), server_default="")

    @property
    def kept_amount(self) -> int:
        """What of a paid charge goes back to nobody."""
        return self.amount - self.refunded_amount - self.lost_amount


class Refund(HasId, HasTimestamps, Intent, Base):
    """Money on its way back. Decided here, carried out by a worker with the id as idempotency key.

    `fee_amount` of it was the platform's.
    """

    __tablename__ = "refunds"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("fee_amount BETWEEN 0 AND amount", name="fee"),
        Index("ix_refunds_charge_id", "charge_id"),
        Index("ix_refunds_decided_by_id", "decided_by_id"),
        Index("ix_refunds_due", "due_at", postgresql_where="status = 'pending'"),
    )

    charge_id: Mapped[int] = mapped_column(ForeignKey(Charge.id))
    amount: Mapped[int]
    fee_amount: Mapped[int] = mapped_column(server_default="0")
    reason: Mapped[RefundReason]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    note: Mapped[str] = mapped_column(String(200), server_default="")
    status: Mapped[RefundStatus] = mapped_column(server_default=RefundStatus.PENDING)


class LedgerTransaction(HasId, Base):
    """Something that moved money, once: `source` names it. Its entries sum to zero (a trigger holds it)."""

    __tablename__ = "ledger_transactions"
    __table_args__ = (
        Index("ix_ledger_transactions_company_id", "company_id", "id"),
        Index("ix_ledger_transactions_charge_id", "charge_id"),
    )

    source: Mapped[str] = mapped_column(String(60), unique=True)
    company_id: Mapped[int] = mapped_column(ForeignKey(Company.id))
    charge_id: Mapped[int | None] = mapped_column(ForeignKey(Charge.id))  # None: of a payout as a whole
    explanation: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class LedgerEntry(HasId, Base):
    """One side of a transaction, in minor units: positive is a debit, negative a credit. Never changed."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        CheckConstraint("amount <> 0", name="amount"),
        Index("ix_ledger_entries_transaction_id", "transaction_id"),
    )

    transaction_id: Mapped[int] = mapped_column(ForeignKey(LedgerTransaction.id))
    account: Mapped[Account]
    amount: Mapped[int]
    currency: Mapped[CurrencyCode]


class SandboxPayment(Base):
    """The state that a real provider would keep on its side for a checkout of the sandbox."""

    __tablename__ = "sandbox_payments"

    ref: Mapped[str] = mapped_column(String(64), primary_key=True)
    idempotency_key: Mapped[str] = mapped_column(String(100), unique=True)
    order: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(String(20), server_default="open")
    refunds: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    expires_at: Mapped[datetime]
