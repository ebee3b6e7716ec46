from pydantic import ConfigDict, Field

from src.core.schemas import ReadModel
from src.messages.enums import AttachmentKind
from src.messages.schemas import UploadId


class UploadRead(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={"example": {"upload": "9f2c81d07a6b4e5f9f2c81d07a6b4e5f", "kind": "image"}}
    )

    upload: UploadId = Field(description="One of `uploads` of the message that you send within half an hour")
    kind: AttachmentKind
