from typing import Annotated

from pydantic import ConfigDict, Field

from src.core.media import Picture
from src.core.schemas import Id, Instant, Name, NotNull, ReadModel, RequestModel, StudioTime, Text

MOST_PHOTOS = 10


class UpdateCreate(RequestModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {"title": "A new desk", "text": "The API 1608 has arrived; come and listen."}
        }
    )

    title: Name
    text: Text
    published_at: StudioTime | None = Field(
        default=None, description="Shown from then on; now when left out. Studio-local without an offset"
    )


class UpdateChange(RequestModel):
    """Only what is there changes."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"title": "A new desk, and a party", "photo_ids": [8, 7]}}
    )

    title: Annotated[Name | None, NotNull] = None
    text: Annotated[Text | None, NotNull] = None
    published_at: Annotated[StudioTime | None, NotNull] = None
    photo_ids: Annotated[
        list[Id] | None, Field(max_length=MOST_PHOTOS, description="All of its photos, in their new order")
    ] = None


class UpdatePhotoRead(ReadModel):
    id: int
    photo: Picture


class UpdateRead(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 3,
                "address_id": 12,
                "title": "A new desk",
                "text": "The API 1608 has arrived; come and listen.",
                "published_at": "2027-02-01T09:00:00+00:00",
                "photos": [
                    {
                        "id": 7,
                        "photo": {
                            "thumb": "https://api.downbeat.example/media/addresses/12/9f2c/thumb.webp",
                            "medium": "https://api.downbeat.example/media/addresses/12/9f2c/medium.webp",
                            "large": "https://api.downbeat.example/media/addresses/12/9f2c/large.webp",
                        },
                    }
                ],
            }
        }
    )

    id: int
    address_id: int
    title: str
    text: str
    published_at: Instant
    photos: list[UpdatePhotoRead] = Field(description="In their order")
