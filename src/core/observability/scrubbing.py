"""No personal data and no secrets in what leaves the process for its operators: logs, traces, error reports."""

import re
from typing import Final
from urllib.parse import parse_qsl

# Unguessable tokens of private addresses: feeds, media.
_TOKEN: Final = re.compile(r"(?<=/)[A-Za-z0-9_\-]{43}(?=[/.]|$)")
# The same anywhere in a text, where names of 43 letters stand too: a token has capitals and digits.
_TOKEN_IN_TEXT: Final = re.compile(r"(?<![\w\-])(?=[\w\-]*[A-Z])(?=[\w\-]*\d)[A-Za-z0-9_\-]{43}(?![\w\-])")
_MAIL_ADDRESS: Final = re.compile(r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+")
# PostgreSQL repeats the values of a row that it refused, and SQLAlchemy those of the statement.
_VALUES: Final = re.compile(r"(?m)^(DETAIL:|\[parameters:|CONTEXT:).*$")


def scrub_path(path: str) -> str:
    return _TOKEN.sub("…", path)


def scrub_query(query: str) -> str:
    """The names alone: values may be tickets, codes of a log-in, or what a person is looking for."""
    return "&".join(f"{name}=…" for name, _ in parse_qsl(query, keep_blank_values=True))


def scrub_text(text: str) -> str:
    """Of messages that were written elsewhere: tracebacks, and errors of drivers and providers."""
    return _VALUES.sub(r"\1 …", _MAIL_ADDRESS.sub("…@…", _TOKEN_IN_TEXT.sub("…", _TOKEN.sub("…", text))))
