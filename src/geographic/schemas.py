from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

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
                "distance_km": None,
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
    distance_km: float | None = Field(default=None, description="From `near`; null when that was not asked")


def _on_the_globe(near: str) -> str:
    latitude, longitude = (float(part) for part in near.split(","))
    if abs(latitude) > 90 or abs(longitude) > 180:  # noqa: PLR2004 - degrees
        raise ValueError("latitude is within 90 degrees, longitude within 180")
    return near


Near = Annotated[
    str,
    StringConstraints(pattern=r"^-?[0-9]{1,3}(\.[0-9]{1,10})?,-?[0-9]{1,3}(\.[0-9]{1,10})?$"),
    AfterValidator(_on_the_globe),
]


class CityFilter(RequestModel):
    q: Annotated[str, StringConstraints(max_length=80)] = Field(
        default="", description="Start of a name, accents don't matter", examples=["sao"]
    )
    country: Annotated[str, StringConstraints(pattern="^[A-Za-z]{2}$", to_upper=True)] | None = Field(
        default=None, description="ISO 3166-1 alpha-2", examples=["BR"]
    )
    near: Near | None = Field(
        default=None,
        description="`lat,lng`: the nearest come first, each with its distance",
        examples=["51.5136,-0.1365"],
    )
    limit: int = Field(default=20, ge=1, le=100)

    @property
    def position(self) -> tuple[float, float] | None:
        """Latitude and longitude of `near`."""
        if self.near is None:
            return None
        latitude, longitude = (float(part) for part in self.near.split(","))
        return latitude, longitude
