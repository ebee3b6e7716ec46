from pydantic import ConfigDict, Field

from src.companies.enums import CancellationPolicy
from src.core.media import Picture
from src.core.money import Currency
from src.core.schemas import Instant, Name, ReadModel, RequestModel


class CompanyCreate(RequestModel):
    model_config = ConfigDict(json_schema_extra={"example": {"name": "Soho Sound Rooms", "currency": "GBP"}})

    name: Name
    currency: Currency
    cancellation_policy: CancellationPolicy = CancellationPolicy.MODERATE


class CompanyRead(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 7,
                "name": "Soho Sound Rooms",
                "slug": "soho-sound-rooms",
                "currency": "GBP",
                "logo": None,
                "cancellation_policy": "moderate",
                "created_at": "2027-02-01T09:00:00+00:00",
            }
        }
    )

    id: int
    name: str
    slug: str = Field(description="For readable addresses; unique")
    currency: str
    logo: Picture
    cancellation_policy: CancellationPolicy
    created_at: Instant
