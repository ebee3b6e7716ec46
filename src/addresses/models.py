from datetime import time

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from src.addresses.enums import AddressStatus, HoursMode
from src.companies.models import Company
from src.core.models import Base, HasId, HasTimestamps
from src.geographic.models import City


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
