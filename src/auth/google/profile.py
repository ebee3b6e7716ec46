"""What we take from an ID token about a person: signed by Google, written by that person, checked like any input."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from src.users.models import LONGEST_AVATAR, LONGEST_NAME
from src.users.schemas import EmailAddress

_EMAIL: Final = TypeAdapter(EmailAddress)


def verified_email(claims: Mapping[str, Any]) -> str | None:
    """None unless Google itself says `true`, in JSON and not in words."""
    if claims.get("email_verified") is not True:
        return None
    try:
        return str(_EMAIL.validate_python(claims.get("email")))
    except ValidationError:
        return None


def names(claims: Mapping[str, Any], *, email: str) -> tuple[str, str]:
    """First and last name; whoever has no first name there is called as their mailbox is, and may change it."""
    firstname = _line(claims.get("given_name")) or _line(claims.get("name")) or email.partition("@")[0]
    return firstname[:LONGEST_NAME], _line(claims.get("family_name"))[:LONGEST_NAME]


def picture(claims: Mapping[str, Any]) -> str | None:
    url = _line(claims.get("picture"))
    return url if url.startswith("https://") and len(url) <= LONGEST_AVATAR else None


def _line(value: Any) -> str:
    if not isinstance(value, str):
        return ""
    return "".join(character for character in value if character.isprintable()).strip()
