from src.core.errors import BadRequestError, ForbiddenError, NotFoundError


class GoogleNotConfiguredError(NotFoundError):
    code = "google_not_configured"
    detail = "Signing in with Google is not set up on this server."


class GoogleCodeInvalidError(BadRequestError):
    code = "google_code_invalid"
    detail = "This code is not valid here, has expired or was used already; sign in with Google again."


class GoogleSignInError(ForbiddenError):
    """Why nobody was signed in. The browser is on its way then, so the site gets the `code` as `?error=`."""

    code = "google_failed"
    detail = "Signing in with Google did not work; try again."


class GoogleStateInvalidError(GoogleSignInError):
    code = "google_state_invalid"
    detail = "This browser has not started this sign-in, or has taken longer than ten minutes; start again."


class GoogleDeniedError(GoogleSignInError):
    code = "google_denied"
    detail = "You have not allowed it on Google's page."


class GoogleUnavailableError(GoogleSignInError):
    code = "google_unavailable"
    detail = "Google does not answer; try again later or use your password."


class GoogleEmailNotVerifiedError(GoogleSignInError):
    code = "google_email_not_verified"
    detail = "Google has not confirmed that the address of this Google account is yours."


class AccountNotVerifiedError(GoogleSignInError):
    """Whoever made that account has never shown that the address is theirs: it may wait for its real owner."""

    code = "account_not_verified"
    detail = (
        "There is an account with this address that was never confirmed; reset its password, then try again."
    )


class OtherGoogleAccountError(GoogleSignInError):
    """An address that has passed to somebody else is no key to the account of its former owner."""

    code = "other_google_account"
    detail = (
        "The account with this address is connected with another Google account; use that or the password."
    )


class AccountDeactivatedError(GoogleSignInError):
    code = "account_deactivated"
    detail = "This account is deactivated."
