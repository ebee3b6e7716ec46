"""What every request body, filter and answer builds on."""

from typing import Annotated, Any

from fastapi import Path
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

LARGEST_ID = 2**63 - 1


def refuse_control_characters(value: Any) -> Any:
    """PostgreSQL can't store NUL, and no name or note needs the other control characters."""
    if isinstance(value, str) and any(ord(character) < ord(" ") and character not in "\n\r\t" for character in value):
        raise ValueError("control characters are not allowed")
    return value


_Clean = BeforeValidator(refuse_control_characters)

Name = Annotated[str, _Clean, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Line = Annotated[str, _Clean, StringConstraints(strip_whitespace=True, max_length=200)]
Text = Annotated[str, _Clean, StringConstraints(strip_whitespace=True, max_length=5_000)]
Opaque = Annotated[str, _Clean, StringConstraints(min_length=1, max_length=512)]
Id = Annotated[int, Field(ge=1, le=LARGEST_ID, strict=True)]
PathId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False, examples=[51.5136])]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False, examples=[-0.1365])]


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
