"""The use cases of `auth`, one module each; routers and higher domains call them from here."""

from src.auth.service.login import log_in
from src.auth.service.registration import register
from src.auth.service.sessions import Client, IssuedTokens, log_out, refresh
from src.auth.service.verification import resend_verification, verify_email

__all__ = [
    "Client",
    "IssuedTokens",
    "log_in",
    "log_out",
    "refresh",
    "register",
    "resend_verification",
    "verify_email",
]
