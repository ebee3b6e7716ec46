from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from src.addresses.equipment.enums import EquipmentStatus, PriceUnit
from src.addresses.models import Address
from src.calendars.models import Resource
from src.core.models import Base, HasId, HasTimestamps


class EquipmentType(Base):
    """The words in which studios say what they have: migrations add them, a slug stays."""

    __tablename__ = "equipment_types"

    slug: Mapped[str] = mapped_column(String(40), primary_key=True)
    category: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(80))


class EquipmentItem(HasId, HasTimestamps, Base):
    """One thing that exists once: its time is a resource. Included with the room, or rented at its own price."""

    __tablename__ = "address_equipment"
    __table_args__ = (
        CheckConstraint(
            "is_included = (price_amount IS NULL) AND is_included = (price_unit IS NULL)", name="price"
        ),
        CheckConstraint("price_amount > 0", name="positive"),
        Index("ix_address_equipment_address_id", "address_id", "id"),
        Index("ix_address_equipment_type_slug", "type_slug", "address_id"),
    )

    address_id: Mapped[int] = mapped_column(ForeignKey(Address.id))
    type_slug: Mapped[str] = mapped_column(ForeignKey(EquipmentType.slug))
    resource_id: Mapped[int] = mapped_column(ForeignKey(Resource.id), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(Text, server_default="")
    is_included: Mapped[bool]
    price_amount: Mapped[int | None]  # minor units of the company's currency
    price_unit: Mapped[PriceUnit | None]
    status: Mapped[EquipmentStatus] = mapped_column(server_default=EquipmentStatus.ACTIVE)
