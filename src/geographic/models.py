from sqlalchemy import ForeignKey, Index, Integer, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from src.core.models import Base


class Country(Base):
    __tablename__ = "countries"

    code: Mapped[str] = mapped_column(String(2), primary_key=True)  # ISO 3166-1 alpha-2
    alpha3: Mapped[str] = mapped_column(String(3), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    currency: Mapped[str | None] = mapped_column(String(3))
    continent: Mapped[str] = mapped_column(String(2))
    phone_prefix: Mapped[str | None] = mapped_column(String(8))


class City(Base):
    """A city of GeoNames; the id is theirs, so that it is the same in every installation."""

    __tablename__ = "cities"
    __table_args__ = (Index("ix_cities_country_code_population", "country_code", "population"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(80))
    country_code: Mapped[str] = mapped_column(ForeignKey(Country.code))
    region_code: Mapped[str | None] = mapped_column(String(10))
    latitude: Mapped[float]
    longitude: Mapped[float]
    population: Mapped[int] = mapped_column(Integer)
    timezone: Mapped[str] = mapped_column(String(40))


class CityName(Base):
    """What a city is found by: search keys of its name (`rank` 1) and of names in other languages (`rank` 2)."""

    __tablename__ = "city_names"
    __table_args__ = (Index("ix_city_names_key", "key", postgresql_ops={"key": "text_pattern_ops"}),)

    city_id: Mapped[int] = mapped_column(ForeignKey(City.id, ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    rank: Mapped[int] = mapped_column(SmallInteger)
