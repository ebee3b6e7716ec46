from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, func
from sqlalchemy.orm import Mapped, mapped_column

from src.core.models import Base, CurrencyCode, HasId, HasTimestamps
from src.payments.gateways.base import DisputeStatus
from src.payments.models import Charge


class Dispute(HasId, HasTimestamps, Base):
    """A customer's bank wants money of a charge back. `is_withdrawn`: it was taken from us meanwhile.

    While it is open, the gateway is asked about it at `due_at`.
    """

    __tablename__ = "disputes"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_disputes_charge_id", "charge_id"),
        Index("ix_disputes_due", "due_at", postgresql_where="status = 'open'"),
        Index("uq_disputes_gateway_ref", "gateway", "gateway_ref", unique=True),
    )

    charge_id: Mapped[int] = mapped_column(ForeignKey(Charge.id))
    gateway: Mapped[str] = mapped_column(String(20))
    gateway_ref: Mapped[str] = mapped_column(String(200))
    amount: Mapped[int]
    currency: Mapped[CurrencyCode]
    reason: Mapped[str] = mapped_column(String(100))
    status: Mapped[DisputeStatus]
    is_withdrawn: Mapped[bool] = mapped_column(server_default="false")
    answer_by: Mapped[datetime | None]
    due_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
