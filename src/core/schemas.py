"""What every request body, filter and answer builds on."""

import re
from datetime import date, datetime, time
from typing import Annotated, Any, TypeVar

from fastapi import Path
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

# What a client in JavaScript holds without rounding it, and the document (which writes numbers as floats) too.
LARGEST_ID = 2**53 - 1


class _Without:
    """Without some characters, given as a regular expression has them in brackets.

    Stands last in an annotation: in front of the constraints it would keep Pydantic from checking them in one go,
    after stripping, and with them what can't be encoded (half a surrogate pair).
    """

    def __init__(self, characters: str, problem: str) -> None:
        self._pattern = f"^[^{characters}]*$"
        self._find = re.compile(f"[{characters}]").search
        self._problem = problem

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._refuse, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """A field that has a pattern of its own says more than this one would."""
        return {"pattern": self._pattern, **handler(schema)}

    def _refuse(self, value: Any) -> Any:
        if isinstance(value, str) and self._find(value):
            raise ValueError(self._problem)
        return value


# PostgreSQL can't store NUL, and no note needs the other control characters.
Clean = _Without(r"\u0000-\u0008\u000b\u000c\u000e-\u001f", "control characters are not allowed")
# Nor do names need what ends a line or turns its direction: they stand in subjects and sentences of mails.
OneLine = _Without(
    r"\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069",
    "line breaks and control characters are not allowed",
)

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120), OneLine]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), Clean]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=5_000), Clean]
Opaque = Annotated[str, StringConstraints(min_length=1, max_length=512), Clean]
Id = Annotated[int, Field(ge=1, le=LARGEST_ID, strict=True)]
# In a query or a form, where every value is text.
FilterId = Annotated[int, Field(ge=1, le=LARGEST_ID)]
PathId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
OpaquePath = Annotated[str, Path(min_length=1, max_length=512), Clean]
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


def in_calendar(value: Moment) -> Moment:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(f"the year has to be between {FIRST_YEAR} and {LAST_YEAR}")
    return value


LocalDate = Annotated[date, AfterValidator(in_calendar), Field(examples=["2027-03-01"])]
StudioTime = Annotated[
    datetime,
    AfterValidator(in_calendar),
    Field(
        examples=["2027-03-01T18:00:00"],
        description="ISO 8601; without an offset it is the studio's local time",
    ),
]


_WALL_TIME = re.compile(r"^([01][0-9]|2[0-3]):[0-5][0-9](:00)?$")


def _read_wall_time(value: Any) -> Any:
    if isinstance(value, time) or (isinstance(value, str) and _WALL_TIME.fullmatch(value)):
        return value
    raise ValueError("a local time in whole minutes, like 10:00")


# What the clock on the studio's wall shows.
WallTime = Annotated[
    time,
    BeforeValidator(_read_wall_time),
    PlainSerializer(lambda value: value.strftime("%H:%M"), return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": _WALL_TIME.pattern, "examples": ["10:00"]}),
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


class _NotNull:
    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(_reject_null, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Pydantic can leave a field out only if it may be null; the document says what may be sent."""
        document = handler(schema)
        kinds = [kind for kind in document.pop("anyOf") if kind != {"type": "null"}]
        return {**kinds[0], **document} if len(kinds) == 1 else {"anyOf": kinds, **document}


def _reject_null(value: Any) -> Any:
    if value is None:
        raise ValueError("may be left out, but not null")
    return value


# A field of a PATCH body that may be left out but not emptied.
NotNull = _NotNull()
