from typing import Annotated, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import PydanticCustomError

from src.auth.common_passwords import is_common
from src.auth.models import Session
from src.auth.passwords import LONGEST_PASSWORD, SHORTEST_PASSWORD
from src.core.schemas import Clean, Id, Instant, Name, Opaque, ReadModel, RequestModel
from src.users.models import LONGEST_EMAIL
from src.users.schemas import USER_EXAMPLE, EmailAddress, UserRead

_EMAIL: Final[TypeAdapter[str]] = TypeAdapter(EmailAddress)


def _as_registered(email: str) -> str:
    """One address is written in several ways: its domain in Punycode or not, its accents composed or not.

    What could not be registered today is left as it is: an older product may have taken it.
    """
    try:
        return _EMAIL.validate_python(email)
    except ValidationError:
        return email


def _refuse_common(password: str) -> str:
    if is_common(password):
        raise PydanticCustomError("password_too_common", "is one of the passwords that everybody tries first")
    return password


NewPassword = Annotated[
    str,
    StringConstraints(min_length=SHORTEST_PASSWORD, max_length=LONGEST_PASSWORD),
    AfterValidator(_refuse_common),
    Clean,
    Field(
        description=f"{SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters of any kind, and not a common password"
    ),
]
# At log-in anything goes that may be an old account's: a wrong guess is 401, never a lesson about the rules.
GivenPassword = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_PASSWORD), Clean]
GivenEmail = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_EMAIL),
    AfterValidator(_as_registered),
    Clean,
]

_TOKEN_EXAMPLE = "q3Jv0R3yYp2n0bX4oS1vV9k8m6c5d7e2f1g0h9i8j7k"  # noqa: S105 - an example in the docs


class Registration(RequestModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "email": "mira@example.com",
                "password": "four brass rooms",
                "firstname": "Mira",
                "lastname": "Okafor",
            }
        }
    )

    email: EmailAddress
    password: NewPassword
    firstname: Name
    lastname: Name


class Credentials(RequestModel):
    model_config = ConfigDict(
        json_schema_extra={"example": {"email": "mira@example.com", "password": "four brass rooms"}}
    )

    email: GivenEmail
    password: GivenPassword


class PasswordForm(BaseModel):
    """OAuth 2 password grant (RFC 6749 section 4.3.2); what else a client sends (`scope`, …) is ignored."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "grant_type": "password",
                "username": "ada@example.com",
                "password": "correct horse battery",
            }
        }
    )

    grant_type: Literal["password"] = "password"
    username: GivenEmail = Field(description="The e-mail address")
    password: GivenPassword


class RefreshRequest(RequestModel):
    model_config = ConfigDict(json_schema_extra={"example": {"refresh_token": _TOKEN_EXAMPLE}})

    refresh_token: Opaque


class EmailVerification(RequestModel):
    model_config = ConfigDict(json_schema_extra={"example": {"token": _TOKEN_EXAMPLE}})

    token: Opaque = Field(description="The `token` of the link in the mail")


class VerificationRequest(RequestModel):
    model_config = ConfigDict(json_schema_extra={"example": {"email": "mira@example.com"}})

    email: GivenEmail


class RecoveryRequest(RequestModel):
    model_config = ConfigDict(json_schema_extra={"example": {"email": "mira@example.com"}})

    email: GivenEmail


class PasswordReset(RequestModel):
    model_config = ConfigDict(
        json_schema_extra={"example": {"token": _TOKEN_EXAMPLE, "new_password": "five brass rooms"}}
    )

    token: Opaque = Field(description="The `token` of the link in the mail")
    new_password: NewPassword


class PasswordChange(RequestModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {"current_password": "four brass rooms", "new_password": "five brass rooms"}
        }
    )

    current_password: GivenPassword
    new_password: NewPassword


class SessionRead(ReadModel):
    """A log-in on one device."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 7,
                "created_at": "2027-01-31T10:15:00+00:00",
                "last_used_at": "2027-02-02T08:00:00+00:00",
                "expires_at": "2027-03-02T10:15:00+00:00",
                "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "ip": "192.0.2.7",
                "is_current": True,
            }
        }
    )

    id: Id
    created_at: Instant
    last_used_at: Instant = Field(description="The log-in or the last refresh")
    expires_at: Instant = Field(description="Then it ends for good, however often it is refreshed")
    user_agent: str | None
    ip: str | None = Field(description="The client's address at log-in")
    is_current: bool = Field(description="Whether it is the session of this request")

    @classmethod
    def of(cls, session: Session, *, current_id: int) -> Self:
        return cls(
            id=session.id,
            created_at=session.created_at,
            last_used_at=session.last_used_at,
            expires_at=session.expires_at,
            user_agent=session.user_agent,
            ip=session.ip,
            is_current=session.id == current_id,
        )


class TokensRead(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "access_token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJl",
                "refresh_token": _TOKEN_EXAMPLE,
                "token_type": "bearer",
                "expires_in": 900,
                "user": USER_EXAMPLE,
            }
        }
    )

    access_token: str = Field(description="Send it as `Authorization: Bearer …`")
    refresh_token: str = Field(description="Works once: keep the new one of every refresh")
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the name of a scheme
    expires_in: int = Field(description="Seconds until the access token expires")
    user: UserRead
