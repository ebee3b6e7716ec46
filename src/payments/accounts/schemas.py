from typing import Annotated, Final

from pydantic import ConfigDict, Field, JsonValue, StringConstraints

from src.core.schemas import ReadModel, RequestModel
from src.payments.gateways.base import AccountStatus


class PaymentAccountRead(ReadModel):
    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "example": {"gateway": "stripe", "status": "active", "ref": "acct_1Pgaf", "location_ref": None}
        },
    )

    gateway: str
    status: AccountStatus = Field(description="`pending`: the gateway still wants to know something")
    ref: str | None = Field(description="The gateway's name for the account")
    location_ref: str | None = Field(description="Square: the place of business that takes the money")


class PaymentAccountsRead(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "accounts": [
                    {"gateway": "stripe", "status": "active", "ref": "acct_1Pgaf", "location_ref": None}
                ]
            }
        }
    )

    accounts: list[PaymentAccountRead]


class OnboardingCreate(RequestModel):
    model_config = ConfigDict(json_schema_extra={"example": {"country": "GB"}})

    country: Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")] = Field(
        description="ISO 3166 code of where the business is; it can't be changed later", examples=["GB"]
    )


class OnwardRead(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={"example": {"url": "https://connect.stripe.com/setup/e/acct_1Pgaf/Xk2"}}
    )

    url: str = Field(description="Send the owner's browser there")


_LOCATION: Final[dict[str, JsonValue]] = {
    "ref": "L8199DBKBE5DC",
    "name": "Berwick Street",
    "currency": "GBP",
    "is_active": True,
    "is_chosen": True,
}


class LocationRead(ReadModel):
    model_config = ConfigDict(json_schema_extra={"example": _LOCATION})

    ref: str
    name: str
    currency: str
    is_active: bool
    is_chosen: bool


class LocationsRead(ReadModel):
    model_config = ConfigDict(json_schema_extra={"example": {"locations": [_LOCATION]}})

    locations: list[LocationRead]


class LocationChoice(RequestModel):
    model_config = ConfigDict(json_schema_extra={"example": {"ref": "L8199DBKBE5DC"}})

    ref: Annotated[str, StringConstraints(pattern="^[A-Za-z0-9_-]{1,64}$")]
