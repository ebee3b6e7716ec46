from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from src.addresses.models import Address
from src.core.models import Base


class Badge(Base):
    """What sets a studio apart: migrations add them, a slug stays. Some are the platform's to give."""

    __tablename__ = "badges"

    slug: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    is_platform_granted: Mapped[bool]


class AddressBadge(Base):
    __tablename__ = "address_badges"
    __table_args__ = (Index("ix_address_badges_badge_slug", "badge_slug", "address_id"),)

    address_id: Mapped[int] = mapped_column(ForeignKey(Address.id, ondelete="CASCADE"), primary_key=True)
    badge_slug: Mapped[str] = mapped_column(ForeignKey(Badge.slug), primary_key=True)
