"""Telephone numbers in E.164, by Google's libphonenumber."""

import re

import phonenumbers
from pydantic_core import PydanticCustomError

# What people write between the digits. The library would read past what follows a number.
_INTERNATIONAL = re.compile(r"\+[0-9 ().\-/]{1,38}", re.ASCII)


def to_e164(written: str) -> str:
    """`+44 20 7946 0123` becomes `+442079460123`.

    Only international numbers: a number of today's country says nothing about which one was meant, and a guess
    by language would be wrong for every second person abroad.
    """
    if not _INTERNATIONAL.fullmatch(written):
        raise PydanticCustomError(
            "phone_not_international", "write it with + and the country: +44 20 7946 0123"
        )
    try:
        number = phonenumbers.parse(written)
    except phonenumbers.NumberParseException as error:
        raise PydanticCustomError("phone_invalid", "this is not a telephone number") from error
    if not phonenumbers.is_valid_number(number):
        raise PydanticCustomError("phone_invalid", "there is no such telephone number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
