from typing import Literal

from pydantic import ConfigDict, Field, JsonValue

from src.core.pagination import CursorRequest
from src.core.schemas import Id, Instant, ReadModel, RequestModel, Text
from src.messages.enums import Side
from src.messages.reports.enums import ReportReason, ReportStatus

_REPORT: dict[str, JsonValue] = {
    "id": 5,
    "status": "open",
    "reason": "harassment",
    "note": "He keeps asking where I live.",
    "message_id": 311,
    "conversation_id": 27,
    "address_id": 12,
    "reporter_id": 8,
    "sender": {"id": 42, "name": "Mira Okafor", "side": "customer"},
    "body": "So where do you live?",
    "resolution": "",
    "resolved_by_id": None,
    "resolved_at": None,
    "created_at": "2027-02-20T10:05:00+00:00",
}


class ReportCreate(RequestModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {"message_id": 311, "reason": "harassment", "note": "He keeps asking where I live."}
        }
    )

    message_id: Id
    reason: ReportReason
    note: Text = ""


class ReportReceipt(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={"example": {"id": 5, "created_at": "2027-02-20T10:05:00+00:00"}}
    )

    id: int
    created_at: Instant


class ReportResolve(RequestModel):
    model_config = ConfigDict(
        json_schema_extra={"example": {"status": "upheld", "resolution": "Account deactivated."}}
    )

    status: Literal[ReportStatus.UPHELD, ReportStatus.DISMISSED]
    resolution: Text = Field(default="", description="What was done, for the other administrators")


class ReportFilter(CursorRequest, RequestModel):
    status: ReportStatus | None = None


class SenderRead(ReadModel):
    id: int
    name: str
    side: Side


class ReportRead(ReadModel):
    model_config = ConfigDict(json_schema_extra={"example": _REPORT})

    id: int
    status: ReportStatus
    reason: ReportReason
    note: str
    message_id: int
    conversation_id: int
    address_id: int
    reporter_id: int
    sender: SenderRead = Field(description="Of the message that is reported")
    body: str = Field(description="As it was written, nothing hidden")
    resolution: str
    resolved_by_id: int | None
    resolved_at: Instant | None
    created_at: Instant


class ContextMessage(ReadModel):
    id: int
    sender: SenderRead
    body: str
    attachments: int = Field(description="How many; they stay between the two")
    created_at: Instant


class ReportDetails(ReportRead):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                **_REPORT,
                "context": [
                    {
                        "id": 311,
                        "sender": {"id": 42, "name": "Mira Okafor", "side": "customer"},
                        "body": "So where do you live?",
                        "attachments": 0,
                        "created_at": "2027-02-20T10:00:00+00:00",
                    }
                ],
            }
        }
    )

    context: list[ContextMessage] = Field(
        description="The message and at most twenty before it, newest first: an administrator sees no more"
    )
