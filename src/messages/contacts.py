"""What of a message the other side doesn't see before a booking is confirmed (docs/adr/0026).

E-mail addresses, and telephone numbers as libphonenumber finds them: those that exist, written for the studio's
country or internationally. Prices, dates, times and references stay: a word too many that is hidden makes people
write around it.
"""

import re
from collections.abc import Iterator

import phonenumbers

HIDDEN = "[hidden until a booking is confirmed]"

# Also "mira (at) example (dot) com": a bracketed "at" says that an address is meant.
_AT = r"(?:\s?@\s?|\s*[\(\[\{]\s*at\s*[\)\]\}]\s*)"
_DOT = r"(?:\.|\s*[\(\[\{]\s*dot\s*[\)\]\}]\s*)"
_EMAIL = re.compile(rf"[\w.+\-]{{1,64}}{_AT}[\w\-]{{1,63}}(?:{_DOT}[\w\-]{{1,63}}){{1,5}}", re.IGNORECASE)
# Whatever begins like an international number and is long enough for one, whether or not it has been given out.
_INTERNATIONAL = re.compile(r"(?<![\w+])(?:\+|00)[1-9](?:[ ().\-/]{0,2}\d){7,14}(?!\d)")
# Where numbers have eight digits, a date can be one.
_DATE = re.compile(r"20\d\d[-./ ]?(?:0[1-9]|1[0-2])[-./ ]?(?:0[1-9]|[12]\d|3[01])")

Span = tuple[int, int]


def mask(text: str, *, country: str) -> str | None:
    """The text with its contact details replaced; None when it has none. `country`: ISO 3166-1 alpha-2."""
    spans = _merged(sorted([*_emails(text), *_telephones(text, country)]))
    if not spans:
        return None
    masked, end = [], 0
    for start, stop in spans:
        masked += [text[end:start], HIDDEN]
        end = stop
    return "".join([*masked, text[end:]])


def _emails(text: str) -> Iterator[Span]:
    return (found.span() for found in _EMAIL.finditer(text))


def _telephones(text: str, country: str) -> Iterator[Span]:
    yield from (found.span() for found in _INTERNATIONAL.finditer(text))
    for found in phonenumbers.PhoneNumberMatcher(text, country):
        if not _DATE.fullmatch(found.raw_string):
            yield found.start, found.end


def _merged(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, stop in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], stop)
        else:
            merged.append((start, stop))
    return merged
