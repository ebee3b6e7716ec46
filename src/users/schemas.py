from typing import Annotated

from pydantic import ConfigDict, EmailStr, Field
from pydantic.config import JsonDict

from src.core.identity import Role
from src.core.schemas import Id, Instant, Name, NotNull, ReadModel, RequestModel, Text

EmailAddress = Annotated[EmailStr, Field(examples=["mira@example.com"])]
Phone = Annotated[
    str,
    Field(
        pattern=r"^\+[1-9][0-9]{6,14}$", examples=["+442079460123"], description="E.164: +, country, number"
    ),
]
Locale = Annotated[
    str,
    Field(
        pattern=r"^[a-z]{2}(-[A-Z]{2})?$",
        examples=["en-GB"],
        description="Language, and country if it matters",
    ),
]

USER_EXAMPLE: JsonDict = {
    "id": 42,
    "email": "mira@example.com",
    "firstname": "Mira",
    "lastname": "Okafor",
    "role": "user",
    "phone": "+442079460123",
    "bio": "I record brass.",
    "locale": "en-GB",
    "is_verified": True,
    "created_at": "2027-01-31T10:15:00+00:00",
}


class ProfileUpdate(RequestModel):
    """What a person may change about themselves; fields that are left out stay as they are."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"phone": "+442079460123", "bio": "I record brass."}}
    )

    firstname: Annotated[Name | None, NotNull] = None
    lastname: Annotated[Name | None, NotNull] = None
    phone: Annotated[Phone | None, Field(description="`null` removes it")] = None
    bio: Annotated[Text | None, Field(description="`null` removes it")] = None
    locale: Annotated[Locale | None, NotNull] = None


class UserRead(ReadModel):
    """A person as they see themselves."""

    model_config = ConfigDict(json_schema_extra={"example": USER_EXAMPLE})

    id: Id
    email: str
    firstname: str
    lastname: str
    role: Role
    phone: str | None
    bio: str | None
    locale: str
    is_verified: bool = Field(description="Whether the e-mail address has been confirmed")
    created_at: Instant
