from pydantic import ConfigDict, Field, JsonValue

from src.agreements.enums import Side
from src.core.schemas import Instant, ReadModel, RequestModel

LARGEST_VERSION = 2**31 - 1
_SHA256 = "9f2c1b7de0a4463f8d5c7b1e2a9048f6c3d5e7f9012b4c6d8e0f1a3b5c7d9e1f"

_VERSION: dict[str, JsonValue] = {
    "version": 2,
    "number": "AGR-K7Q2-M4XD-v2",
    "sha256": _SHA256,
    "created_at": "2027-02-20T10:05:00+00:00",
    "is_current": True,
    "acceptances": [
        {
            "side": "customer",
            "user_id": 5,
            "name": "Mira Kaplan",
            "accepted_at": "2027-02-20T10:12:00+00:00",
            "client_address": "203.0.113.7",
        }
    ],
}


class AcceptanceCreate(RequestModel):
    """Names what was read, so that nobody accepts what they have not seen."""

    model_config = ConfigDict(json_schema_extra={"example": {"version": 2, "sha256": _SHA256}})

    version: int = Field(ge=1, le=LARGEST_VERSION, strict=True)
    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="Of the PDF, as the agreement's version has it")


class AcceptanceRead(ReadModel):
    side: Side
    user_id: int
    name: str = Field(description="As it was at that moment")
    accepted_at: Instant
    client_address: str | None = Field(description="The IP address from which it was accepted")


class VersionRead(ReadModel):
    model_config = ConfigDict(json_schema_extra={"example": _VERSION})

    version: int
    number: str
    sha256: str = Field(description="Of the PDF's bytes, in hexadecimal")
    created_at: Instant
    is_current: bool = Field(description="Whether it says what the booking is now, and so can be accepted")
    acceptances: list[AcceptanceRead]


class AgreementRead(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={"example": {"booking_id": 1042, "reference": "K7Q2-M4XD", "versions": [_VERSION]}}
    )

    booking_id: int
    reference: str
    versions: list[VersionRead] = Field(description="Oldest first; empty until one is drawn up")
