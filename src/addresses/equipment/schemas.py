from typing import Annotated

from pydantic import ConfigDict, Field, StrictBool, StringConstraints

from src.addresses.equipment.enums import EquipmentStatus, PriceUnit
from src.core.money import LARGEST_AMOUNT, Money
from src.core.schemas import Name, NotNull, ReadModel, RequestModel, Text

TypeSlug = Annotated[
    str,
    StringConstraints(pattern="^[a-z0-9_]{1,40}$"),
    Field(description="See GET /equipment-types", examples=["grand_piano"]),
]
Price = Annotated[
    int, Field(strict=True, ge=1, le=LARGEST_AMOUNT, description="Minor units of the company's currency")
]


class EquipmentTypeRead(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={"example": {"slug": "grand_piano", "category": "keys", "name": "Grand piano"}}
    )

    slug: str
    category: str
    name: str


class EquipmentCreate(RequestModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "grand_piano",
                "name": "Yamaha C3",
                "is_included": False,
                "price_amount": 1500,
                "price_unit": "per_hour",
            }
        }
    )

    type: TypeSlug
    name: Name
    description: Text = ""
    is_included: StrictBool = Field(description="true: comes with the room, without a price")
    price_amount: Price | None = None
    price_unit: PriceUnit | None = None


class EquipmentUpdate(RequestModel):
    """Only what is there changes; bookings made before keep what was agreed."""

    model_config = ConfigDict(json_schema_extra={"example": {"price_amount": 2000}})

    type: Annotated[TypeSlug | None, NotNull] = None
    name: Annotated[Name | None, NotNull] = None
    description: Annotated[Text | None, NotNull] = None
    is_included: Annotated[StrictBool | None, NotNull] = None
    price_amount: Price | None = None
    price_unit: PriceUnit | None = None
    status: Annotated[EquipmentStatus | None, NotNull] = None


class EquipmentFilter(RequestModel):
    type: TypeSlug | None = None
    is_included: bool | None = None
    page: int = Field(default=1, ge=1, le=10_000)
    size: int = Field(default=20, ge=1, le=100)


class EquipmentRead(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 44,
                "address_id": 12,
                "type": "grand_piano",
                "name": "Yamaha C3",
                "description": "",
                "is_included": False,
                "price": {"amount": 1500, "currency": "GBP"},
                "price_unit": "per_hour",
                "status": "active",
            }
        }
    )

    id: int
    address_id: int
    type: str
    name: str
    description: str
    is_included: bool
    price: Money | None = Field(description="null for what is included")
    price_unit: PriceUnit | None
    status: EquipmentStatus
