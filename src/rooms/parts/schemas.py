from pydantic import ConfigDict, Field

from src.core.schemas import Id, RequestModel

MOST_PARTS = 20


class PartsUpdate(RequestModel):
    model_config = ConfigDict(json_schema_extra={"example": {"part_ids": [32, 33]}})

    part_ids: list[Id] = Field(
        max_length=MOST_PARTS, description="Rooms of the same studio; [] makes it a plain room"
    )
