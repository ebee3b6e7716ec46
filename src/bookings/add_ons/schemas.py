from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field

from src.addresses.equipment.enums import PriceUnit
from src.core.money import Money
from src.core.schemas import Id, Instant, ReadModel, RequestModel, StudioTime

MOST_EQUIPMENT = 20


def _each_once(ids: list[int]) -> list[int]:
    if len(set(ids)) < len(ids):
        raise ValueError("name each piece once: it exists once")
    return ids


class ProfessionalWish(RequestModel):
    model_config = ConfigDict(json_schema_extra={"example": {"member_id": 9, "service_id": 3}})

    member_id: Id
    service_id: Id


class AddOnWish(RequestModel):
    """What is to come with a room. See GET /rooms/{id}/add-ons."""

    equipment_ids: Annotated[list[Id], AfterValidator(_each_once)] = Field(
        default_factory=list, max_length=MOST_EQUIPMENT, description="Pieces that the studio rents out"
    )
    professional: ProfessionalWish | None = None


class AddOnFilter(RequestModel):
    starts_at: StudioTime
    ends_at: StudioTime


class EquipmentAddOn(ReadModel):
    equipment_id: int
    name: str
    price: Money
    price_unit: PriceUnit
    is_free: bool


class ServiceAddOn(ReadModel):
    service_id: int
    name: str
    minutes: int
    price: Money = Field(description="Of every `minutes` that begin")


class ProfessionalAddOn(ReadModel):
    member_id: int
    firstname: str
    is_free: bool = Field(description="They work for the whole of this time, and nobody has it")
    services: list[ServiceAddOn]


class AddOnsRead(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "timezone": "Europe/London",
                "starts_at": "2027-03-01T18:00:00+00:00",
                "ends_at": "2027-03-01T21:00:00+00:00",
                "equipment": [
                    {
                        "equipment_id": 4,
                        "name": "Neumann U 87",
                        "price": {"amount": 500, "currency": "GBP"},
                        "price_unit": "per_hour",
                        "is_free": True,
                    }
                ],
                "professionals": [
                    {
                        "member_id": 9,
                        "firstname": "Mira",
                        "is_free": False,
                        "services": [
                            {
                                "service_id": 3,
                                "name": "Recording",
                                "minutes": 60,
                                "price": {"amount": 4000, "currency": "GBP"},
                            }
                        ],
                    }
                ],
            }
        }
    )

    timezone: str
    starts_at: Instant
    ends_at: Instant
    equipment: list[EquipmentAddOn]
    professionals: list[ProfessionalAddOn]
