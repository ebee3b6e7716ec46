"""What every request body, filter and answer builds on."""

from datetime import date, datetime
from typing import Annotated, Any, TypeVar

from fastapi import Path
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

LARGEST_ID = 2**63 - 1


def refuse_control_characters(value: Any) -> Any:
    """PostgreSQL can't store NUL, and no name or note needs the other control characters."""
    if isinstance(value, str) and any(
        ord(character) < ord(" ") and character not in "\n\r\t" for character in value
    ):
        raise ValueError("control characters are not allowed")
    return value


# Stands last in an annotation: in front of the constraints it would keep Pydantic from checking them in one
# go, after stripping, and with them what can't be encoded (half a surrogate pair).
_Clean = BeforeValidator(refuse_control_characters)

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120), _Clean]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), _Clean]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=5_000), _Clean]
Opaque = Annotated[str, StringConstraints(min_length=1, max_length=512), _Clean]
Id = Annotated[int, Field(ge=1, le=LARGEST_ID, strict=True)]
PathId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
# An id, or a slug of core/slugs.py.
IdOrSlug = Annotated[
    str, Path(pattern=r"^([1-9][0-9]{0,17}|[a-z0-9][a-z0-9\-]{0,99})$", examples=["abbey-road-studios"])
]


def is_id(id_or_slug: str) -> bool:
    """A slug is never only digits; what is too long for an id is neither and names nothing."""
    return id_or_slug.isdigit() and int(id_or_slug) <= LARGEST_ID


Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False, examples=[51.5136])]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False, examples=[-0.1365])]


# Arithmetic with zones and buffers stays far from the ends of the calendar.
FIRST_YEAR, LAST_YEAR = 2000, 2200

Moment = TypeVar("Moment", bound=date)


def _in_calendar(value: Moment) -> Moment:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(f"the year has to be between {FIRST_YEAR} and {LAST_YEAR}")
    return value


LocalDate = Annotated[date, AfterValidator(_in_calendar), Field(examples=["2027-03-01"])]
StudioTime = Annotated[
    datetime,
    AfterValidator(_in_calendar),
    Field(
        examples=["2027-03-01T18:00:00"],
        description="ISO 8601; without an offset it is the studio's local time",
    ),
]


# An instant of an answer: ISO 8601 with its offset, `+00:00` rather than `Z`, as every answer has it.
Instant = Annotated[
    datetime,
    PlainSerializer(lambda instant: instant.isoformat(), return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2027-03-01T18:00:00+00:00"]}),
]


class RequestModel(BaseModel):
    """A request body: unknown fields are refused, so that a typo or a forbidden field is never ignored."""

    model_config = ConfigDict(extra="forbid")


class ReadModel(BaseModel):
    """An answer, read from rows or objects."""

    model_config = ConfigDict(from_attributes=True)


def reject_null(value: Any) -> Any:
    if value is None:
        raise ValueError("may be left out, but not null")
    return value


# A field of a PATCH body that may be left out but not emptied.
NotNull = AfterValidator(reject_null)
