from datetime import date, datetime

from sqlalchemy import ForeignKey, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from src.addresses.models import Address
from src.core.models import Base


class Milestone(Base):
    """A step on the way to the opening of a studio."""

    __tablename__ = "address_milestones"

    address_id: Mapped[int] = mapped_column(ForeignKey(Address.id, ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    target_date: Mapped[date | None]
    reached_at: Mapped[datetime | None]
