from typing import ClassVar

from src.core.attempts import BrowserAttempt
from src.core.errors import ProblemError
from src.payments.exceptions import ConnectionStateInvalidError


class Attempt(BrowserAttempt):
    """What connecting an account remembers while the browser is at Square: of this person and this company."""

    cookie: ClassVar[str] = "square_connection"
    context: ClassVar[str] = "payments.accounts.attempt"
    invalid: ClassVar[type[ProblemError]] = ConnectionStateInvalidError

    user_id: int
    company_id: int
