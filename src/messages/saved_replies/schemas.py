from typing import Annotated

from pydantic import ConfigDict, Field

from src.core.schemas import Instant, Name, NotNull, ReadModel, RequestModel, Text

ReplyBody = Annotated[Text, Field(min_length=1)]


class SavedReplyCreate(RequestModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {"title": "Parking", "body": "You can park in the yard, free of charge."}
        }
    )

    title: Name
    body: ReplyBody


class SavedReplyUpdate(RequestModel):
    """Only what is there changes."""

    model_config = ConfigDict(json_schema_extra={"example": {"title": "Where to park"}})

    title: Annotated[Name | None, NotNull] = None
    body: Annotated[ReplyBody | None, NotNull] = None


class SavedReplyRead(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 3,
                "title": "Parking",
                "body": "You can park in the yard, free of charge.",
                "updated_at": "2027-02-20T10:00:00+00:00",
            }
        }
    )

    id: int
    title: str
    body: str
    updated_at: Instant
