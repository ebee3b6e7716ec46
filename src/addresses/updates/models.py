from datetime import datetime

from sqlalchemy import ForeignKey, Index, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from src.addresses.models import Address
from src.core.models import Base, HasId, HasTimestamps
from src.core.uploads import LONGEST_KEY


class UpdatePhoto(HasId, Base):
    __tablename__ = "address_update_photos"
    __table_args__ = (Index("ix_address_update_photos_update_id", "update_id", "position"),)

    update_id: Mapped[int] = mapped_column(ForeignKey("address_updates.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(SmallInteger)
    photo: Mapped[str] = mapped_column(String(LONGEST_KEY))  # a key of our own storage


class Update(HasId, HasTimestamps, Base):
    """A piece of a studio's news, public from `published_at` on."""

    __tablename__ = "address_updates"
    __table_args__ = (
        Index("ix_address_updates_address_id_published_at", "address_id", "published_at", "id"),
    )

    address_id: Mapped[int] = mapped_column(ForeignKey(Address.id, ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime]
    photos: Mapped[list[UpdatePhoto]] = relationship(
        order_by=UpdatePhoto.position, lazy="selectin", cascade="all, delete-orphan"
    )
