from src.core.errors import BadRequestError, ForbiddenError, NotFoundError, UnauthorizedError


class InvalidCredentialsError(UnauthorizedError):
    """One for an unknown or unconfirmed address, a wrong password, a deactivated account: it tells nobody which."""

    code = "invalid_credentials"
    detail = (
        "E-mail address or password is wrong, or the address is not confirmed yet; then we have sent a link."
    )


class InvalidRefreshTokenError(UnauthorizedError):
    code = "invalid_refresh_token"
    detail = "This is not a refresh token of ours."


class RefreshTokenReusedError(UnauthorizedError):
    code = "refresh_token_reused"
    detail = "This refresh token was used before, so its session was ended; log in again."


class LinkInvalidError(BadRequestError):
    code = "link_invalid"
    detail = "This link is not valid; check that it is complete."


class LinkExpiredError(BadRequestError):
    code = "link_expired"
    detail = "This link has expired; ask for a new one."


class LinkUsedError(BadRequestError):
    code = "link_used"
    detail = "This link has been used already."


class WrongPasswordError(ForbiddenError):
    code = "wrong_password"
    detail = "The current password is wrong."


class LogInNotRecentError(ForbiddenError):
    code = "log_in_not_recent"
    detail = "Send your password, or log in again and repeat this within ten minutes."


class SessionNotFoundError(NotFoundError):
    code = "session_not_found"
    detail = "You have no such session, or it has ended."
