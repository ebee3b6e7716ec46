from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, StrictBool, model_validator
from pydantic.config import JsonDict

from src.companies.cancellation import CancellationTier, CancellationTiers, check_policy, with_tiers
from src.companies.enums import CancellationPolicy
from src.core.media import Picture
from src.core.money import BASIS_POINTS, Currency
from src.core.pagination import CursorRequest
from src.core.schemas import LARGEST_ID, Id, Instant, Name, NotNull, ReadModel, RequestModel
from src.users.schemas import EmailAddress

BasisPoints = Annotated[
    int, Field(ge=0, le=BASIS_POINTS, strict=True, examples=[2000], description="2000 are 20 %")
]

COMPANY_EXAMPLE: JsonDict = {
    "id": 7,
    "name": "Soho Sound Rooms",
    "slug": "soho-sound-rooms",
    "currency": "GBP",
    "logo": None,
    "cancellation_policy": "moderate",
    "cancellation_tiers": None,
    "tax_rate_bp": 2000,
    "prices_include_tax": True,
    "is_active": True,
    "created_at": "2027-02-01T09:00:00+00:00",
}


class CompanyCreate(RequestModel):
    model_config = ConfigDict(json_schema_extra={"example": {"name": "Soho Sound Rooms", "currency": "GBP"}})

    name: Name
    currency: Currency
    cancellation_policy: CancellationPolicy = CancellationPolicy.MODERATE
    cancellation_tiers: CancellationTiers | None = None
    tax_rate_bp: BasisPoints = 0
    prices_include_tax: StrictBool = True

    @model_validator(mode="after")
    def tiers_fit(self) -> Self:
        check_policy(self.cancellation_policy, self.cancellation_tiers)
        return self


class CompanyUpdate(RequestModel):
    """Only what is there changes."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"cancellation_policy": "strict", "tax_rate_bp": 2000}}
    )

    name: Annotated[Name | None, NotNull] = None
    currency: Annotated[Currency | None, NotNull] = None
    cancellation_policy: Annotated[CancellationPolicy | None, NotNull] = None
    cancellation_tiers: CancellationTiers | None = None
    tax_rate_bp: Annotated[BasisPoints | None, NotNull] = None
    prices_include_tax: Annotated[StrictBool | None, NotNull] = None
    platform_fee_bp: Annotated[
        BasisPoints | None, NotNull, Field(description="Only for administrators of the platform")
    ] = None

    @model_validator(mode="after")
    def tiers_fit(self) -> Self:
        check_policy(self.cancellation_policy, self.cancellation_tiers)
        return self

    def stored_values(self) -> dict[str, Any]:
        """Of what is there."""
        return with_tiers(self.model_dump(exclude_unset=True))


class CompanyRead(ReadModel):
    """A company as everybody sees it."""

    model_config = ConfigDict(json_schema_extra={"example": COMPANY_EXAMPLE})

    id: int
    name: str
    slug: str = Field(description="For readable addresses; unique")
    currency: str
    logo: Picture
    cancellation_policy: CancellationPolicy
    cancellation_tiers: list[CancellationTier] | None = Field(description="Of the policy `custom`")
    tax_rate_bp: int = Field(description="Basis points: 2000 are 20 %")
    prices_include_tax: bool
    is_active: bool = Field(description="False once it is closed; only its admins still see it then")
    created_at: Instant


class OwnCompanyRead(CompanyRead):
    """A company as its admins see it."""

    model_config = ConfigDict(json_schema_extra={"example": {**COMPANY_EXAMPLE, "platform_fee_bp": 1000}})

    platform_fee_bp: int = Field(description="What the platform keeps of a payment, in basis points")


class AdminCreate(RequestModel):
    """Who it is: one of the two."""

    model_config = ConfigDict(json_schema_extra={"example": {"email": "mira@example.com"}})

    email: EmailAddress | None = None
    user_id: Id | None = None

    @model_validator(mode="after")
    def exactly_one(self) -> Self:
        if (self.email is None) == (self.user_id is None):
            raise ValueError("either email or user_id")
        return self


class AdminRead(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "user_id": 42,
                "firstname": "Mira",
                "lastname": "Okafor",
                "email": "mira@example.com",
                "since": "2027-02-01T09:00:00+00:00",
            }
        }
    )

    user_id: int
    firstname: str
    lastname: str
    email: str
    since: Instant


class AuditFilter(CursorRequest, RequestModel):
    subject: Annotated[
        str | None, Field(pattern="^[a-z_]{1,40}$", examples=["room"], description="The part before the dot")
    ] = None
    subject_id: Annotated[int | None, Field(ge=1, le=LARGEST_ID, description="Together with `subject`")] = (
        None
    )
    action: Annotated[
        str | None, Field(pattern=r"^[a-z_]{1,40}\.[a-z_]{1,40}$", examples=["room.updated"])
    ] = None
    actor_id: Annotated[int | None, Field(ge=1, le=LARGEST_ID, description="Id of a user")] = None


class Change(ReadModel):
    before: Any
    after: Any


class AuditRead(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 1042,
                "action": "company.updated",
                "subject_id": 7,
                "actor_id": 42,
                "actor_name": "Mira Okafor",
                "is_platform_admin": False,
                "changes": {"cancellation_policy": {"before": "moderate", "after": "strict"}},
                "created_at": "2027-02-01T09:00:00+00:00",
            }
        }
    )

    id: int
    action: str = Field(description="`<subject>.<what>`")
    subject_id: int = Field(description="Id of the subject: of the room in `room.updated`")
    actor_id: int | None = Field(description="Null: the platform itself, a timed job or a provider")
    actor_name: str | None
    is_platform_admin: bool = Field(description="Whether an administrator of the platform did it")
    changes: dict[str, Change]
    created_at: Instant
