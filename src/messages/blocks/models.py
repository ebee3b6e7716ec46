from datetime import datetime

from sqlalchemy import ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from src.companies.models import Company
from src.core.models import Base
from src.messages.enums import Side
from src.users.models import User


class Block(Base):
    """One side wants no messages from the other. Of the company: its other studios are no way around it."""

    __tablename__ = "message_blocks"
    __table_args__ = (
        Index("ix_message_blocks_company_id", "company_id"),
        Index("ix_message_blocks_blocked_by_id", "blocked_by_id"),
    )

    customer_id: Mapped[int] = mapped_column(ForeignKey(User.id), primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey(Company.id), primary_key=True)
    side: Mapped[Side] = mapped_column(primary_key=True)  # the one that doesn't want any
    blocked_by_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
