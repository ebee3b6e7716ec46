"""The use cases of `auth`, one module each; routers and higher domains call them from here."""

from src.auth.service.login import log_in
from src.auth.service.recovery import change_password, forgot_password, reset_password
from src.auth.service.registration import register
from src.auth.service.sessions import (
    Client,
    IssuedTokens,
    end_session,
    find_live_sessions,
    identify,
    list_sessions,
    log_out,
    log_out_everywhere,
    refresh,
)
from src.auth.service.verification import resend_verification, verify_email, vouch_for_address

__all__ = [
    "Client",
    "IssuedTokens",
    "change_password",
    "end_session",
    "find_live_sessions",
    "forgot_password",
    "identify",
    "list_sessions",
    "log_in",
    "log_out",
    "log_out_everywhere",
    "refresh",
    "register",
    "resend_verification",
    "reset_password",
    "verify_email",
    "vouch_for_address",
]
