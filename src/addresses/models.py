from datetime import datetime, time

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, SmallInteger, String, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from src.addresses.enums import AddressStatus, HoursMode
from src.companies.models import Company
from src.core.models import Base, HasId, HasTimestamps
from src.geographic.models import City
from src.users.models import User


class Address(HasId, HasTimestamps, Base):
    """One studio at one place. `timezone` is the IANA zone in which its hours and prices are meant."""

    __tablename__ = "addresses"
    __table_args__ = (
        CheckConstraint("latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name="position"),
        Index("ix_addresses_company_id", "company_id"),
        Index("ix_addresses_city_id", "city_id"),
    )

    company_id: Mapped[int] = mapped_column(ForeignKey(Company.id))
    name: Mapped[str] = mapped_column(String(120))
    slug: Mapped[str] = mapped_column(String(100), unique=True)
    description: Mapped[str] = mapped_column(Text, server_default="")
    street: Mapped[str] = mapped_column(String(200))
    city_id: Mapped[int] = mapped_column(ForeignKey(City.id))
    latitude: Mapped[float]
    longitude: Mapped[float]
    timezone: Mapped[str] = mapped_column(String(40))
    status: Mapped[AddressStatus] = mapped_column(server_default=AddressStatus.DRAFT)
    # Kept by the rooms domain: how many rooms here have a price. A studio without one can't be published.
    bookable_rooms: Mapped[int] = mapped_column(Integer, server_default="0")


class OperatingHours(HasId, Base):
    """One span of a weekday in local time. `closes` at or before `opens` means the next day."""

    __tablename__ = "operating_hours"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint(
            "(mode = 'open') = (opens IS NOT NULL AND closes IS NOT NULL)", name="open_has_times"
        ),
        Index("ix_operating_hours_address_id", "address_id"),
    )

    address_id: Mapped[int] = mapped_column(ForeignKey(Address.id, ondelete="CASCADE"))
    weekday: Mapped[int] = mapped_column(SmallInteger)  # 0 is Monday
    mode: Mapped[HoursMode]
    opens: Mapped[time | None]
    closes: Mapped[time | None]


class Favorite(Base):
    """A studio that a user wants to find again."""

    __tablename__ = "address_favorites"
    __table_args__ = (
        Index("ix_address_favorites_user_id_created_at", "user_id", "created_at"),
        Index("ix_address_favorites_address_id", "address_id"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    address_id: Mapped[int] = mapped_column(ForeignKey(Address.id, ondelete="CASCADE"), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
