from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field
from pydantic.config import JsonDict

from src.core.media import Picture
from src.core.schemas import Id, Instant, NotNull, ReadModel, RequestModel
from src.teams.enums import TeamRole

MOST_STUDIOS = 100

MEMBER_EXAMPLE: JsonDict = {
    "id": 5,
    "user_id": 42,
    "firstname": "Mira",
    "lastname": "Okafor",
    "photo": None,
    "role": "professional",
    "address_ids": [12],
    "since": "2027-02-01T09:00:00+00:00",
}


def _sorted_once(values: list[int] | None) -> list[int] | None:
    return sorted(set(values)) if values is not None else None


AddressIds = Annotated[
    list[Id] | None,
    Field(
        min_length=1,
        max_length=MOST_STUDIOS,
        examples=[[12]],
        description="The only studios they work for; null: all, those to come included",
    ),
    AfterValidator(_sorted_once),
]


class MemberUpdate(RequestModel):
    """Only what is there changes."""

    model_config = ConfigDict(json_schema_extra={"example": {"role": "staff", "address_ids": None}})

    role: Annotated[TeamRole | None, NotNull] = None
    address_ids: AddressIds = None


class MemberRead(ReadModel):
    model_config = ConfigDict(json_schema_extra={"example": MEMBER_EXAMPLE})

    id: int
    user_id: int
    firstname: str
    lastname: str
    photo: Picture
    role: TeamRole
    address_ids: list[int] | None = Field(description="The only studios they work for; null: all")
    since: Instant
