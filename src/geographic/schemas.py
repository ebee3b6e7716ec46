from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from src.core.schemas import ReadModel, RequestModel


class CountryRead(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "code": "BR",
                "alpha3": "BRA",
                "name": "Brazil",
                "currency": "BRL",
                "continent": "SA",
                "phone_prefix": "+55",
            }
        }
    )

    code: str
    alpha3: str
    name: str
    currency: str | None
    continent: str
    phone_prefix: str | None


class CityRead(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 3448439,
                "name": "São Paulo",
                "country_code": "BR",
                "region_code": "27",
                "latitude": -23.5475,
                "longitude": -46.63611,
                "population": 12400232,
                "timezone": "America/Sao_Paulo",
            }
        }
    )

    id: int
    name: str
    country_code: str
    region_code: str | None
    latitude: float
    longitude: float
    population: int
    timezone: str


class CityFilter(RequestModel):
    q: Annotated[str, StringConstraints(max_length=80)] = Field(
        default="", description="Start of a name, accents don't matter", examples=["sao"]
    )
    country: Annotated[str, StringConstraints(pattern="^[A-Za-z]{2}$", to_upper=True)] | None = Field(
        default=None, description="ISO 3166-1 alpha-2", examples=["BR"]
    )
    limit: int = Field(default=20, ge=1, le=100)
