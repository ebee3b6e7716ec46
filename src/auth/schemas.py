from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from src.auth.passwords import LONGEST_PASSWORD, SHORTEST_PASSWORD
from src.core.schemas import Name, Opaque, ReadModel, RequestModel, refuse_control_characters
from src.users.models import LONGEST_EMAIL
from src.users.schemas import USER_EXAMPLE, EmailAddress, UserRead

_Clean = BeforeValidator(refuse_control_characters)

NewPassword = Annotated[
    str,
    StringConstraints(min_length=SHORTEST_PASSWORD, max_length=LONGEST_PASSWORD),
    _Clean,
    Field(description=f"{SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters of any kind"),
]
# At log-in anything goes that may be an old account's: a wrong guess is 401, never a lesson about the rules.
GivenPassword = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_PASSWORD), _Clean]
GivenEmail = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_EMAIL), _Clean
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
