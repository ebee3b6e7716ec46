from datetime import date, datetime, time
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, SmallInteger, String, Text, func, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from src.addresses.enums import AddressStatus, HoursMode
from src.companies.models import Company
from src.core.models import Base, HasId, HasTimestamps
from src.geographic.models import City
from src.users.models import User


class Address(HasId, HasTimestamps, Base):
    """One studio at one place. `timezone` is the IANA zone in which its hours and prices are meant.

    `revision` grows with every change of when, where and whether it can be booked, as that of a room does.
    """

    __tablename__ = "addresses"
    __table_args__ = (
        CheckConstraint("latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name="position"),
        CheckConstraint("deactivated_at IS NULL OR status <> 'published'", name="deactivated_is_off_market"),
        Index("ix_addresses_slug_prefix", "slug", postgresql_ops={"slug": "varchar_pattern_ops"}),
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
    revision: Mapped[int] = mapped_column(Integer, server_default="1")
    # Closed down for good: it is there for its history, and to nobody who asks.
    deactivated_at: Mapped[datetime | None]


class OperatingHours(HasId, Base):
    """One span of a weekday in local time. `closes` at or before `opens` means the next day."""

    __tablename__ = "operating_hours"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint(
            "(opens IS NULL) = (closes IS NULL) AND (mode <> 'open' OR opens IS NOT NULL)"
            " AND (mode IN ('open', 'by_appointment') OR opens IS NULL)",
            name="times",
        ),
        Index("ix_operating_hours_address_id", "address_id"),
    )

    address_id: Mapped[int] = mapped_column(ForeignKey(Address.id, ondelete="CASCADE"))
    weekday: Mapped[int] = mapped_column(SmallInteger)  # 0 is Monday
    mode: Mapped[HoursMode]
    opens: Mapped[time | None]
    closes: Mapped[time | None]


class SpecialDay(HasId, Base):
    """Local dates, both included, with hours of their own. `hours` is `[[mode, opens, closes], …]`."""

    __tablename__ = "special_days"
    __table_args__ = (
        CheckConstraint("first_date <= last_date", name="dates"),
        # Needs no extension: a range of one number equals another when they overlap.
        ExcludeConstraint(
            (text("int8range(address_id, address_id, '[]')"), "&&"),
            (text("daterange(first_date, last_date, '[]')"), "&&"),
            name="ex_special_days_dates",
            using="gist",
        ),
        Index("ix_special_days_address_id_last_date", "address_id", "last_date"),
    )

    address_id: Mapped[int] = mapped_column(ForeignKey(Address.id, ondelete="CASCADE"))
    first_date: Mapped[date]
    last_date: Mapped[date]
    label: Mapped[str] = mapped_column(String(80))
    hours: Mapped[list[Any]]


class Closure(HasId, Base):
    """Time at which the whole studio is closed: local dates, both included, or a span of real time."""

    __tablename__ = "address_closures"
    __table_args__ = (
        CheckConstraint("num_nonnulls(first_date, last_date, starts_at, ends_at) = 2", name="one_kind"),
        CheckConstraint(
            "coalesce(first_date <= last_date, false) OR coalesce(starts_at < ends_at, false)",
            name="not_empty",
        ),
        Index("ix_address_closures_address_id", "address_id"),
    )

    address_id: Mapped[int] = mapped_column(ForeignKey(Address.id, ondelete="CASCADE"))
    first_date: Mapped[date | None]
    last_date: Mapped[date | None]
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


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
