from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, JsonValue, StrictBool

from src.core.pagination import CursorRequest
from src.core.schemas import Instant, Line, NotNull, ReadModel, RequestModel
from src.webhooks.enums import DeliveryStatus, DisabledReason, EventType

_ENDPOINT: dict[str, JsonValue] = {
    "id": 5,
    "company_id": 7,
    "url": "https://crm.example/hooks/downbeat",
    "description": "Our CRM",
    "event_types": ["booking.confirmed", "booking.cancelled"],
    "is_enabled": True,
    "disabled_at": None,
    "disabled_reason": None,
    "failing_since": None,
    "created_at": "2027-03-01T10:00:00+00:00",
}
_DELIVERY: dict[str, JsonValue] = {
    "id": 91,
    "message_id": "msg_88",
    "event_type": "booking.confirmed",
    "status": "pending",
    "attempts": 1,
    "due_at": "2027-03-01T10:05:00+00:00",
    "delivered_at": None,
    "created_at": "2027-03-01T10:00:00+00:00",
}
_PAYLOAD: dict[str, JsonValue] = {
    "type": "booking.confirmed",
    "timestamp": "2027-03-01T10:00:00+00:00",
    "data": {"id": 4711, "reference": "7K3M9Q", "status": "confirmed"},
}

Url = Annotated[str, Field(min_length=1, max_length=2000, examples=["https://crm.example/hooks/downbeat"])]
EachOnce = Annotated[
    list[EventType],
    Field(min_length=1, max_length=100),
    AfterValidator(lambda types: sorted(set(types))),
]
EventTypes = Annotated[
    EachOnce | None,
    Field(description="Which events are sent; null or left out: all, also new ones"),
]


class WebhookEndpointCreate(RequestModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "url": "https://crm.example/hooks/downbeat",
                "description": "Our CRM",
                "event_types": ["booking.confirmed", "booking.cancelled"],
            }
        }
    )

    url: Url
    description: Line = ""
    event_types: EventTypes = None


class WebhookEndpointUpdate(RequestModel):
    model_config = ConfigDict(json_schema_extra={"example": {"is_enabled": True}})

    url: Annotated[Url | None, NotNull] = None
    description: Annotated[Line | None, NotNull] = None
    event_types: EventTypes = None
    is_enabled: Annotated[
        StrictBool | None,
        NotNull,
        Field(description="false stops it; what happens meanwhile isn't sent later"),
    ] = None


class WebhookEndpointRead(ReadModel):
    model_config = ConfigDict(json_schema_extra={"example": _ENDPOINT})

    id: int
    company_id: int
    url: str
    description: str
    event_types: list[EventType] | None
    is_enabled: bool
    disabled_at: Instant | None
    disabled_reason: DisabledReason | None = Field(
        description="owner: by one of you; failing: it took nothing for five days; gone: it answered 410"
    )
    failing_since: Instant | None = Field(description="It has taken nothing since")
    created_at: Instant


class WebhookSecretRead(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={"example": {"secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"}}
    )

    secret: str = Field(description="Shown this once; verify signatures with it")


class NewWebhookEndpointRead(WebhookEndpointRead, WebhookSecretRead):
    model_config = ConfigDict(
        json_schema_extra={"example": {**_ENDPOINT, "secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"}}
    )


class WebhookEndpointsRead(ReadModel):
    model_config = ConfigDict(json_schema_extra={"example": {"items": [_ENDPOINT]}})

    items: list[WebhookEndpointRead]


class DeliveryFilter(CursorRequest, RequestModel):
    status: DeliveryStatus | None = None


class WebhookDeliveryRead(ReadModel):
    model_config = ConfigDict(json_schema_extra={"example": _DELIVERY})

    id: int
    message_id: str = Field(description="The `webhook-id` of the request: the same at every try")
    event_type: EventType
    status: DeliveryStatus
    attempts: int = Field(description="Tries, since the last replay")
    due_at: Instant | None = Field(description="When it is tried next")
    delivered_at: Instant | None
    created_at: Instant


class WebhookAttemptRead(ReadModel):
    attempted_at: Instant
    duration_ms: int = Field(description="Milliseconds")
    status_code: int | None
    problem: str | None = Field(description="Why there was no answer")
    response: str | None = Field(description="How the answer began")


class WebhookDeliveryDetails(WebhookDeliveryRead):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                **_DELIVERY,
                "payload": _PAYLOAD,
                "log": [
                    {
                        "attempted_at": "2027-03-01T10:00:01+00:00",
                        "duration_ms": 180,
                        "status_code": 500,
                        "problem": None,
                        "response": "Internal Server Error",
                    }
                ],
            }
        }
    )

    payload: dict[str, Any]
    log: list[WebhookAttemptRead]


class ReplayRequest(RequestModel):
    model_config = ConfigDict(json_schema_extra={"example": {"since": "2027-03-01T00:00:00+00:00"}})

    since: datetime = Field(description="ISO 8601; without an offset it is UTC")


class ReplayRead(ReadModel):
    model_config = ConfigDict(json_schema_extra={"example": {"replayed": 12}})

    replayed: int = Field(description="So many deliveries are on their way again")
