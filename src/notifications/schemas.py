from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, JsonValue, StrictBool

from src.core.pagination import CursorRequest
from src.core.schemas import Instant, ReadModel, RequestModel
from src.notifications.kinds import KINDS, NotificationKind
from src.notifications.models import Notification
from src.notifications.wording import Voice

_NOTIFICATION: dict[str, JsonValue] = {
    "id": 1042,
    "kind": "booking_confirmed",
    "title": "Booking DB-7K3M is confirmed",
    "body": "Live Room A, Berwick Street, Mon 1 Mar, 18:00.",
    "facts": {
        "booking_id": 7,
        "reference": "DB-7K3M",
        "title": "Live Room A",
        "room": "Live Room A",
        "seats": None,
        "studio": "Berwick Street",
        "starts_at": "2027-03-01T18:00:00+00:00",
        "ends_at": "2027-03-01T21:00:00+00:00",
        "timezone": "Europe/London",
    },
    "created_at": "2027-02-20T10:00:00+00:00",
    "read_at": None,
}
_CHOICE: dict[str, JsonValue] = {"kind": "hold_expired", "in_app": True, "email": False}


class NotificationFilter(CursorRequest, RequestModel):
    pass


class NotificationRead(ReadModel):
    model_config = ConfigDict(json_schema_extra={"example": _NOTIFICATION})

    id: int
    kind: str = Field(description="One of those in the preferences; expect new ones")
    title: str = Field(description="Plain text in your language, to show as it is")
    body: str
    facts: dict[str, Any] = Field(
        description="Ids, names and times by kind, for links and words of your own: `booking_id`, `import_id`, …"
    )
    created_at: Instant
    read_at: Instant | None

    @classmethod
    def of(cls, notification: Notification, voice: Voice) -> "NotificationRead":
        words = voice.words(notification.kind, notification.facts)
        return cls(
            id=notification.id,
            kind=notification.kind,
            title=words.title,
            body=words.body,
            facts=notification.facts,
            created_at=notification.created_at,
            read_at=notification.read_at,
        )


class UnreadCount(ReadModel):
    unread: int = Field(examples=[3])


class PreferenceRead(ReadModel):
    kind: NotificationKind
    label: str = Field(description="For the screen, in your language", examples=["I haven't paid in time"])
    in_app: bool
    email: bool
    is_email_optional: bool = Field(description="False: `email` is true and can't be switched off")


class PreferencesRead(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "preferences": [_CHOICE | {"label": "I haven't paid in time", "is_email_optional": True}]
            }
        }
    )

    preferences: list[PreferenceRead]


class PreferenceChoice(RequestModel):
    kind: NotificationKind
    in_app: StrictBool
    email: StrictBool


def _each_once(choices: list[PreferenceChoice]) -> list[PreferenceChoice]:
    if len({choice.kind for choice in choices}) < len(choices):
        raise ValueError("a kind stands here twice")
    return choices


class PreferencesUpdate(RequestModel):
    model_config = ConfigDict(json_schema_extra={"example": {"preferences": [_CHOICE]}})

    preferences: Annotated[
        list[PreferenceChoice],
        AfterValidator(_each_once),
        Field(max_length=len(KINDS), description="All that you want to differ: what is left out is on again"),
    ]
