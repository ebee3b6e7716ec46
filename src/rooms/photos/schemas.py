from pydantic import ConfigDict, Field, JsonValue

from src.core.media import ImageRead
from src.core.schemas import Id, RequestModel
from src.rooms.models import MOST_PHOTOS

PHOTO_EXAMPLE: dict[str, JsonValue] = {
    "id": 12,
    **{
        size: f"https://api.downbeat.example/media/rooms/31/9f2c/{size}.webp"
        for size in ImageRead.model_fields
    },
}


class PhotoRead(ImageRead):
    model_config = ConfigDict(json_schema_extra={"example": PHOTO_EXAMPLE})

    id: int


class PhotoOrder(RequestModel):
    model_config = ConfigDict(json_schema_extra={"example": {"photo_ids": [12, 10, 11]}})

    photo_ids: list[Id] = Field(
        max_length=MOST_PHOTOS, description="Every photo of the room, the cover first"
    )
