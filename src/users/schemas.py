from datetime import date
from enum import StrEnum
from typing import Annotated

from email_validator import validate_email
from pydantic import AfterValidator, ConfigDict, EmailStr, Field, JsonValue, StrictBool
from pydantic.config import JsonDict

from src.core.identity import Role
from src.core.media import Picture
from src.core.pagination import PageRequest
from src.core.schemas import Id, Instant, Line, Name, NotNull, Opaque, ReadModel, RequestModel, Text
from src.users.phones import to_e164


def _with_ascii_domain(email: str) -> str:
    """As every mail server takes it: `münchen.example` is `xn--mnchen-3ya.example` (RFC 5891)."""
    local, _, domain = email.rpartition("@")
    if domain.isascii():
        return email
    return f"{local}@{validate_email(email, check_deliverability=False).ascii_domain}"


EmailAddress = Annotated[EmailStr, AfterValidator(_with_ascii_domain), Field(examples=["mira@example.com"])]
Phone = Annotated[
    str,
    AfterValidator(to_e164),
    Field(
        max_length=40,
        examples=["+44 20 7946 0123"],
        description="With + and the country; spaces, dashes and brackets are fine. Answered in E.164.",
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

_PICTURE = "https://api.downbeat.example/media/users/42/9f2c81d07a6b4e5f"
PHOTO_EXAMPLE: JsonDict = {
    "thumb": f"{_PICTURE}/thumb.webp",
    "medium": f"{_PICTURE}/medium.webp",
    "large": f"{_PICTURE}/large.webp",
}

USER_EXAMPLE: JsonDict = {
    "id": 42,
    "email": "mira@example.com",
    "firstname": "Mira",
    "lastname": "Okafor",
    "role": "user",
    "phone": "+442079460123",
    "bio": "I record brass.",
    "locale": "en-GB",
    "avatar": None,
    "photo": PHOTO_EXAMPLE,
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
    avatar: str | None = Field(
        description="An address elsewhere, as Google gives it; show it without a photo"
    )
    photo: Picture
    is_verified: bool = Field(description="Whether the e-mail address has been confirmed")
    created_at: Instant


class PublicProfile(ReadModel):
    """A person as everybody may see them."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 42,
                "firstname": "Mira",
                "avatar": None,
                "photo": PHOTO_EXAMPLE,
                "bio": "I record brass.",
                "member_since": "2027-01-31",
            }
        }
    )

    id: Id
    firstname: str
    avatar: str | None
    photo: Picture
    bio: str | None
    member_since: date


class AccountDeletion(RequestModel):
    password: Opaque


class UserSort(StrEnum):
    NEWEST = "newest"
    OLDEST = "oldest"
    NAME = "name"
    EMAIL = "email"


class UserFilter(PageRequest, RequestModel):
    q: Annotated[Line | None, Field(description="Part of the e-mail address or of the name")] = None
    role: Role | None = None
    sort: UserSort = UserSort.NEWEST


class UserAdminRead(UserRead):
    """A person as the platform's administrators see them."""

    model_config = ConfigDict(json_schema_extra={"example": {**USER_EXAMPLE, "deactivated_at": None}})

    deactivated_at: Instant | None = Field(description="Since when they can't log in")


class UserAdminUpdate(RequestModel):
    model_config = ConfigDict(json_schema_extra={"example": {"is_active": False}})

    role: Annotated[Role | None, NotNull] = None
    is_active: Annotated[
        StrictBool | None, NotNull, Field(description="`false` ends all sessions and refuses log-ins")
    ] = None


class PersonalDataExport(ReadModel):
    """A member for each part of the product that knows something about the person."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={"example": {"profile": USER_EXAMPLE, "sessions": [], "bookings": []}},
    )

    __pydantic_extra__: dict[str, JsonValue]
