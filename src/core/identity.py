"""Who is asking. Knows no users and no tokens: `main` binds auth's implementation of `Authenticator`."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Protocol

from fastapi import Depends, Request
from fastapi.security import OAuth2PasswordBearer

from src.core.database import Database, DatabaseDep
from src.core.errors import ForbiddenError, UnauthorizedError


class Role(StrEnum):
    USER = "user"
    STUDIO_OWNER = "studio_owner"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Principal:
    """The person behind a request, as the database knows them at this very request."""

    user_id: int
    session_id: int
    role: Role
    is_verified: bool

    @property
    def is_admin(self) -> bool:
        return self.role is Role.ADMIN


class Authenticator(Protocol):
    async def __call__(self, database: Database, token: str) -> Principal:
        """Raises `UnauthorizedError` for a token that is invalid, expired or of an ended session."""
        ...


class EmailNotVerifiedError(ForbiddenError):
    code = "email_not_verified"
    detail = "Confirm your e-mail address first; we have sent you a link."


_bearer = OAuth2PasswordBearer(
    tokenUrl="/api/v1/auth/token",
    auto_error=False,
    scheme_name="bearer",
    description="Log in with your e-mail address as the username.",
)
_Token = Annotated[str | None, Depends(_bearer)]


async def find_principal(request: Request, database: DatabaseDep, token: _Token) -> Principal | None:
    if token is None:
        return None
    authenticate: Authenticator = request.app.state.authenticate
    return await authenticate(database, token)


OptionalPrincipalDep = Annotated[Principal | None, Depends(find_principal)]


async def get_principal(principal: OptionalPrincipalDep) -> Principal:
    if principal is None:
        raise UnauthorizedError
    return principal


PrincipalDep = Annotated[Principal, Depends(get_principal)]


async def get_verified_principal(principal: PrincipalDep) -> Principal:
    if not principal.is_verified:
        raise EmailNotVerifiedError
    return principal


VerifiedPrincipalDep = Annotated[Principal, Depends(get_verified_principal)]
