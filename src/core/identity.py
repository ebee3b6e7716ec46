"""Who is asking. Knows no users and no tokens: `main` binds auth's implementation of `Authenticator`."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Protocol

from fastapi import Depends, Request
from fastapi.security import OAuth2PasswordBearer
from starlette.requests import HTTPConnection

from src.core.database import Database
from src.core.errors import ForbiddenError, UnauthorizedError
from src.core.logging import name_in_logs


class Role(StrEnum):
    USER = "user"
    STUDIO_OWNER = "studio_owner"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Principal:
    """The person behind a request, as the database knows them at this very request; their address is confirmed."""

    user_id: int
    session_id: int
    role: Role

    @property
    def is_admin(self) -> bool:
        return self.role is Role.ADMIN


class InvalidTokenError(UnauthorizedError):
    code = "invalid_token"
    detail = "This is not an access token of ours."


class TokenExpiredError(UnauthorizedError):
    code = "token_expired"
    detail = "The access token has expired; get a new one with the refresh token."


class SessionEndedError(UnauthorizedError):
    code = "session_ended"
    detail = "This session has ended; log in again."


# Of whatever reads an access token, also where it may be left out.
TOKEN_ERRORS = (InvalidTokenError, TokenExpiredError, SessionEndedError)


class Authenticator(Protocol):
    async def __call__(self, database: Database, token: str) -> Principal:
        """Raises one of `TOKEN_ERRORS`."""
        ...


class IdentityCheck(Protocol):
    async def __call__(self, request: Request, *, principal: Principal, password: str | None) -> None:
        """Whether it is really them, and not somebody at their unlocked screen: before what can't be undone.

        Raises `ForbiddenError` unless the password is right, or there is none and the log-in is a few minutes old.
        """
        ...


class AdminOnlyError(ForbiddenError):
    code = "admin_only"
    detail = "Only administrators of the platform may do this."


class _BearerPrincipal(OAuth2PasswordBearer):
    """From header to person in one dependency: each one more costs every request tens of microseconds."""

    async def __call__(self, request: HTTPConnection) -> Principal | None:  # type: ignore[override]
        token = await super().__call__(request)
        if token is None:
            return None
        authenticate: Authenticator = request.app.state.authenticate
        principal = await authenticate(request.app.state.database, token)
        name_in_logs(user_id=principal.user_id)
        return principal


_bearer = _BearerPrincipal(
    tokenUrl="/api/v1/auth/token",
    auto_error=False,
    scheme_name="bearer",
    description="Log in with your e-mail address as the username.",
)
OptionalPrincipalDep = Annotated[Principal | None, Depends(_bearer)]


async def get_principal(principal: OptionalPrincipalDep) -> Principal:
    if principal is None:
        raise UnauthorizedError
    return principal


PrincipalDep = Annotated[Principal, Depends(get_principal)]


async def identify(request: HTTPConnection) -> Principal:
    """As `PrincipalDep`, for what has to know before the body is read. Raises `UnauthorizedError`."""
    return await get_principal(await _bearer(request))


async def get_admin_principal(principal: PrincipalDep) -> Principal:
    if not principal.is_admin:
        raise AdminOnlyError
    return principal


AdminPrincipalDep = Annotated[Principal, Depends(get_admin_principal)]


async def get_identity_check(request: Request) -> IdentityCheck:
    check: IdentityCheck = request.app.state.check_identity
    return check


IdentityCheckDep = Annotated[IdentityCheck, Depends(get_identity_check)]
