"""Forms of the admin pages: tied to the session they were shown in, each good for one time."""

import secrets
from collections.abc import Mapping
from typing import Final

from starlette.requests import Request

from src.admin.exceptions import FormExpiredError
from src.admin.session import StaffSession

KEY_BYTES: Final = 32
KEY_LENGTH: Final = 43  # of so many bytes in base64


def new_form_key() -> str:
    return secrets.token_urlsafe(KEY_BYTES)


def key_of(form: Mapping[str, str]) -> str:
    """Raises `FormExpiredError` for one without."""
    key = form.get("form_key", "")
    if len(key) != KEY_LENGTH:
        raise FormExpiredError
    return key


async def read_form(request: Request) -> Mapping[str, str]:
    """Raises `FormExpiredError` for one that wasn't on a page of this very session."""
    async with request.form(max_files=0) as form:
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
    staff: StaffSession = request.state.staff
    if not staff.accepts(fields.get("csrf_token", "")):
        raise FormExpiredError
    return fields
