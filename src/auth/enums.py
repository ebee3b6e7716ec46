from enum import StrEnum


class OneTimeTokenPurpose(StrEnum):
    """What a token of a mail is good for; templates name it in `one_time_token(purpose, id)`."""

    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - a name
