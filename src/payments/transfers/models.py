from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from src.core.models import Base, HasId, HasTimestamps, stored_enum
from src.payments.accounts.models import PaymentAccount
from src.payments.gateways.base import MoneyStatus
from src.payments.intents import Intent
from src.payments.models import LedgerTransaction
from src.payments.payouts.models import Payout


class Transfer(HasId, HasTimestamps, Intent, Base):
    """A payout on its way from the platform's account to the owner's. In the payout's currency.

    `reversed_amount` counts what is to come back from the moment it is decided. `failed`: the gateway has refused it.
    """

    __tablename__ = "transfers"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("reversed_amount BETWEEN 0 AND amount", name="reversed"),
        Index("uq_transfers_payout_id", "payout_id", unique=True),
        Index("ix_transfers_account_id", "account_id"),
        Index("ix_transfers_due", "due_at", postgresql_where="status = 'pending'"),
    )

    payout_id: Mapped[int] = mapped_column(ForeignKey(Payout.id))
    account_id: Mapped[int] = mapped_column(ForeignKey(PaymentAccount.id))
    amount: Mapped[int]
    reversed_amount: Mapped[int] = mapped_column(server_default="0")
    status: Mapped[MoneyStatus] = mapped_column(stored_enum(MoneyStatus), server_default=MoneyStatus.PENDING)


class TransferReversal(HasId, HasTimestamps, Intent, Base):
    """The owner's part of money that a customer got back, on its way to the platform's account.

    `cause`: the transaction of the ledger by which the owner owes it. `failed`: it won't come, and is owed again.
    """

    __tablename__ = "transfer_reversals"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_transfer_reversals_transfer_id", "transfer_id"),
        Index("ix_transfer_reversals_cause_id", "cause_id"),
        Index("ix_transfer_reversals_due", "due_at", postgresql_where="status = 'pending'"),
    )

    transfer_id: Mapped[int] = mapped_column(ForeignKey(Transfer.id))
    cause_id: Mapped[int] = mapped_column(ForeignKey(LedgerTransaction.id))
    amount: Mapped[int]
    status: Mapped[MoneyStatus] = mapped_column(stored_enum(MoneyStatus), server_default=MoneyStatus.PENDING)
