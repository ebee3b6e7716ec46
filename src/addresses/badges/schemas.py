from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from src.core.schemas import ReadModel, RequestModel

BadgeSlug = Annotated[str, StringConstraints(pattern="^[a-z0-9_]{1,40}$")]


class BadgeRead(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {"slug": "step_free", "name": "Step-free access", "is_platform_granted": False}
        }
    )

    slug: str
    name: str
    is_platform_granted: bool = Field(description="Only the platform's staff gives and takes it")


class BadgesUpdate(RequestModel):
    model_config = ConfigDict(json_schema_extra={"example": {"badges": ["parking", "soundproofed"]}})

    badges: list[BadgeSlug] = Field(max_length=100)
