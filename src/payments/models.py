from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from src.bookings.models import Booking
from src.companies.models import Company
from src.core.models import Base, CurrencyCode, HasId, HasTimestamps
from src.payments.enums import Account, ChargeStatus, RefundReason, RefundStatus


class Charge(HasId, HasTimestamps, Base):
    """An attempt to collect the price of a booking. Written and committed before the gateway is called.

    Amounts are minor units. `refunded_amount` counts refunds from the moment they are decided.
    """

    __tablename__ = "charges"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("refunded_amount BETWEEN 0 AND amount", name="refunded"),
        CheckConstraint("refunded_amount = 0 OR status = 'succeeded'", name="refunded_was_paid"),
        Index("ix_charges_booking_id", "booking_id"),
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
    gateway: Mapped[str] = mapped_column(String(20))
    gateway_ref: Mapped[str | None] = mapped_column(String(200))
    checkout_url: Mapped[str | None] = mapped_column(String(2000))
    status: Mapped[ChargeStatus] = mapped_column(server_default=ChargeStatus.OPEN)
    amount: Mapped[int]
    refunded_amount: Mapped[int] = mapped_column(server_default="0")
    currency: Mapped[CurrencyCode]
    expires_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]


class Refund(HasId, HasTimestamps, Base):
    """Money on its way back. Decided here, carried out by a worker with the id as idempotency key."""

    __tablename__ = "refunds"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_refunds_charge_id", "charge_id"),
        Index("ix_refunds_due", "due_at", postgresql_where="status = 'pending'"),
    )

    charge_id: Mapped[int] = mapped_column(ForeignKey(Charge.id))
    amount: Mapped[int]
    reason: Mapped[RefundReason]
    status: Mapped[RefundStatus] = mapped_column(server_default=RefundStatus.PENDING)
    gateway_ref: Mapped[str | None] = mapped_column(String(200))
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    due_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    last_error: Mapped[str | None] = mapped_column(Text)


class LedgerTransaction(HasId, Base):
    """Something that moved money, once: `source` names it. Its entries sum to zero (a trigger holds it)."""

    __tablename__ = "ledger_transactions"
    __table_args__ = (Index("ix_ledger_transactions_company_id", "company_id"),)

    source: Mapped[str] = mapped_column(String(60), unique=True)
    company_id: Mapped[int] = mapped_column(ForeignKey(Company.id))
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
