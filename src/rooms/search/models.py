"""What search reads instead of the tables of record: derived, kept by triggers in the transaction of the change.

The `.sql` files beside this one keep them; `src/invariants.py` compares them with the truth.
"""

from datetime import date
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import BIT, INT4MULTIRANGE, TSTZMULTIRANGE, TSVECTOR
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from src.addresses.models import Address
from src.calendars.models import Resource
from src.core.models import Base
from src.geographic.models import City
from src.rooms.models import Room
from src.rooms.search.quarters import QUARTERS_OF_DAY

# Of a city's rooms; `block_of` in `full_days.sql` says the same.
BLOCKS = 64

_POSITION = text("point(longitude, latitude)")
_EXTENT = text("box(point(west, south), point(east, north))")


class _Listing:
    """What a studio and each of its rooms are found by."""

    @declared_attr
    @classmethod
    def city_id(cls) -> Mapped[int]:
        return mapped_column(ForeignKey(City.id))

    is_listed: Mapped[bool]
    latitude: Mapped[float]
    longitude: Mapped[float]
    timezone: Mapped[str] = mapped_column(String(40))
    words: Mapped[Any] = mapped_column(TSVECTOR)
    equipment: Mapped[list[str]] = mapped_column(ARRAY(Text))
    badges: Mapped[list[str]] = mapped_column(ARRAY(Text))
    # Minutes of the local week in which the studio is open, repeated for as long as a booking can last.
    open_minutes: Mapped[Any] = mapped_column(INT4MULTIRANGE)
    # When it is closed all the same.
    closed: Mapped[Any] = mapped_column(TSTZMULTIRANGE)
    # Where special days change the week; what is open there, known for two days more to either side.
    special_days: Mapped[Any] = mapped_column(TSTZMULTIRANGE)
    special_known: Mapped[Any] = mapped_column(TSTZMULTIRANGE)
    special_open: Mapped[Any] = mapped_column(TSTZMULTIRANGE)


class StudioListing(_Listing, Base):
    """A studio as search sees it; `is_listed` says whether anybody may."""

    __tablename__ = "studio_listings"
    __table_args__ = (
        Index("ix_studio_listings_city_id_address_id", "city_id", "address_id"),
        Index("ix_studio_listings_words", "words", postgresql_using="gin"),
        Index("ix_studio_listings_position", _POSITION, postgresql_using="gist"),
    )

    address_id: Mapped[int] = mapped_column(ForeignKey(Address.id, ondelete="CASCADE"), primary_key=True)


class RoomListing(_Listing, Base):
    """A room as search sees it. The rules of booking are copied, so that what is shown as free can be booked."""

    __tablename__ = "room_listings"
    __table_args__ = (
        Index(
            "ix_room_listings_city_id_price",
            *("city_id", "price_order", "room_id"),
            postgresql_include=["resource_id", "currency", "hourly_amount"],
            postgresql_where=text("is_listed"),
        ),
        Index("ix_room_listings_city_id_room_id", "city_id", "room_id"),
        Index("ix_room_listings_price", "price_order", "room_id"),
        Index("ix_room_listings_address_id", "address_id"),
        Index(
            "ix_room_listings_city_id_block",
            *("city_id", text("block_of(resource_id)")),
            postgresql_where=text("is_listed AND hourly_amount IS NOT NULL"),
        ),
        Index("ix_room_listings_words", "words", postgresql_using="gin"),
        Index(
            "ix_room_listings_cell_price",
            *(text("map_cell(latitude, longitude)"), "price_order", "room_id"),
            postgresql_include=[
                "resource_id",
                "city_id",
                "currency",
                "hourly_amount",
                "latitude",
                "longitude",
            ],
            postgresql_where=text("is_listed AND hourly_amount IS NOT NULL"),
        ),
        # All that is read of every room of a circle: in the table they lie far apart.
        Index(
            "ix_room_listings_position",
            _POSITION,
            postgresql_using="gist",
            postgresql_include=[
                *("room_id", "resource_id", "city_id", "currency", "hourly_amount", "price_order"),
                *("latitude", "longitude"),
            ],
            postgresql_where=text("is_listed"),
        ),
    )

    room_id: Mapped[int] = mapped_column(ForeignKey(Room.id, ondelete="CASCADE"), primary_key=True)
    address_id: Mapped[int] = mapped_column(ForeignKey(Address.id, ondelete="CASCADE"))
    resource_id: Mapped[int] = mapped_column(ForeignKey(Resource.id, ondelete="CASCADE"), unique=True)
    part_resource_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    currency: Mapped[str] = mapped_column(String(3, collation="C"))
    hourly_amount: Mapped[int | None]  # of the tier that is cheapest by the hour; None: no price yet
    price_order: Mapped[int] = mapped_column(Computed("price_order(currency, hourly_amount)", persisted=True))
    capacity: Mapped[int] = mapped_column(SmallInteger)
    slot_minutes: Mapped[int] = mapped_column(Integer)
    min_minutes: Mapped[int] = mapped_column(Integer)
    max_minutes: Mapped[int] = mapped_column(Integer)
    buffer_before_minutes: Mapped[int] = mapped_column(Integer)
    buffer_after_minutes: Mapped[int] = mapped_column(Integer)
    notice_minutes: Mapped[int] = mapped_column(Integer)
    horizon_days: Mapped[int] = mapped_column(Integer)


class TakenDay(Base):
    """What is taken for good of a room's resource on a day in UTC, as whole spans: those of the night before too.

    Holds are not in it: they end by the clock. A search reads a day of a whole city from the index, which has the
    quarters of an hour that are touched, of fixed size: a multirange may be too long for it.
    """

    __tablename__ = "taken_days"
    __table_args__ = (
        Index("ix_taken_days_city_id_day", "city_id", "day", postgresql_include=["resource_id", "touched"]),
    )

    resource_id: Mapped[int] = mapped_column(ForeignKey(Resource.id, ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    city_id: Mapped[int] = mapped_column(ForeignKey(City.id))
    taken: Mapped[Any] = mapped_column(TSTZMULTIRANGE)
    touched: Mapped[Any] = mapped_column(
        BIT(QUARTERS_OF_DAY), Computed("touched_quarters(taken, day)", persisted=True)
    )


class FullDay(Base):
    """Quarters of an hour of which something is taken for good of every room of a block of a city.

    From a city that is booked out a search turns away when it has read a row for each block, whatever the number of
    its rooms. Bits that are missing cost time, not truth.
    """

    __tablename__ = "full_days"
    __table_args__ = (CheckConstraint(f"block BETWEEN 0 AND {BLOCKS - 1}", name="block"),)

    city_id: Mapped[int] = mapped_column(ForeignKey(City.id), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    block: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    touched: Mapped[Any] = mapped_column(BIT(QUARTERS_OF_DAY))


class CityExtent(Base):
    """A box that holds all listed rooms of a city, and may be larger: to see what a circle may reach."""

    __tablename__ = "city_extents"
    __table_args__ = (
        CheckConstraint("south <= north AND west <= east", name="box"),
        Index("ix_city_extents_box", _EXTENT, postgresql_using="gist"),
    )

    city_id: Mapped[int] = mapped_column(ForeignKey(City.id), primary_key=True)
    south: Mapped[float]
    west: Mapped[float]
    north: Mapped[float]
    east: Mapped[float]


class SearchWord(Base):
    """Every word that some listing has ever had: where a mistyped word finds its neighbours."""

    __tablename__ = "search_words"
    __table_args__ = (
        Index(
            "ix_search_words_similar", "word", postgresql_using="gin", postgresql_ops={"word": "gin_trgm_ops"}
        ),
    )

    # By bytes: all words that begin alike lie side by side.
    word: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
