from typing import Annotated, Self

from pydantic import ConfigDict, Field, JsonValue, StringConstraints, model_validator

from src.core.media import ImageRead, Picture
from src.core.pagination import CursorRequest
from src.core.schemas import FilterId, Id, Instant, Line, ReadModel, RequestModel, Text
from src.messages.enums import AttachmentKind, Side

MOST_ATTACHMENTS = 5

UploadId = Annotated[
    str, StringConstraints(pattern=r"^[0-9a-f]{32}$"), Field(examples=["9f2c81d07a6b4e5f9f2c81d07a6b4e5f"])
]

_FILE = "https://api.downbeat.example/api/v1/messages/attachments/9"
_SIGNED = "expires=1803981600&signature=5d41402a"
_MESSAGE: dict[str, JsonValue] = {
    "id": 311,
    "conversation_id": 27,
    "side": "customer",
    "sender": {"id": 42, "name": "Mira O."},
    "is_mine": False,
    "booking_id": None,
    "body": "Is there a cello chair? Call me: [hidden until a booking is confirmed]",
    "is_masked": True,
    "attachments": [
        {"id": 9, "kind": "pdf", "image": None, "document": f"{_FILE}/document.pdf?{_SIGNED}"},
    ],
    "created_at": "2027-02-20T10:00:00+00:00",
}
_CONVERSATION: dict[str, JsonValue] = {
    "id": 27,
    "side": "studio",
    "customer": {"id": 42, "name": "Mira O.", "photo": None},
    "studio": {"address_id": 12, "company_id": 4, "name": "Berwick Street", "slug": "berwick-street"},
    "last_message": _MESSAGE,
    "unread_count": 1,
    "last_read_message_id": 305,
    "other_last_read_message_id": 308,
    "shares_contacts": False,
    "is_blocked": False,
    "created_at": "2027-02-18T09:00:00+00:00",
}


class MessageCreate(RequestModel):
    model_config = ConfigDict(
        json_schema_extra={"example": {"address_id": 12, "body": "Is there a cello chair?"}}
    )

    address_id: Id = Field(description="The studio")
    customer_id: Id | None = Field(
        default=None,
        description="Leave it out to write as a customer; name the customer to answer for the studio",
    )
    body: Text = ""
    booking_id: Id | None = Field(
        default=None, description="What it is about: a booking of the customer there"
    )
    uploads: list[UploadId] = Field(
        default=[], max_length=MOST_ATTACHMENTS, description="Of `POST /messages/attachments`"
    )

    @model_validator(mode="after")
    def says_something(self) -> Self:
        if not self.body and not self.uploads:
            raise ValueError("a message has a body, an attachment or both")
        if len(set(self.uploads)) < len(self.uploads):
            raise ValueError("an upload can be attached once")
        return self


class ReadUpTo(RequestModel):
    model_config = ConfigDict(json_schema_extra={"example": {"message_id": 311}})

    message_id: Id = Field(description="The newest message that was on the screen")


class ConversationFilter(CursorRequest, RequestModel):
    side: Side | None = Field(default=None, description="`customer`: one's own; `studio`: of one's studios")
    address_id: FilterId | None = None
    unread: bool = Field(default=False, description="Only those with something unread")


class MessageFilter(CursorRequest, RequestModel):
    q: Annotated[
        Line | None,
        Field(description="Words of the message, without regard to accents and case; each may be unfinished"),
    ] = None
    conversation_id: FilterId | None = None
    address_id: FilterId | None = None
    booking_id: FilterId | None = None


class PersonRead(ReadModel):
    id: int
    name: str = Field(
        description="First name and initial for the other side, until a booking is confirmed; then in full"
    )


class CustomerRead(PersonRead):
    photo: Picture


class StudioRead(ReadModel):
    address_id: int
    company_id: int
    name: str
    slug: str


class AttachmentRead(ReadModel):
    """Its addresses need no log-in and work for half an hour at least; read the message again for fresh ones."""

    id: int
    kind: AttachmentKind
    image: ImageRead | None = Field(description="Of a picture")
    document: str | None = Field(description="Of a PDF; it is downloaded, not shown")


class MessageRead(ReadModel):
    model_config = ConfigDict(json_schema_extra={"example": _MESSAGE})

    id: int
    conversation_id: int
    side: Side = Field(description="For whom it speaks")
    sender: PersonRead = Field(description="Who wrote it; for the studio any of its people")
    is_mine: bool
    booking_id: int | None
    body: str
    is_masked: bool = Field(description="Contact details in it are hidden until a booking is confirmed")
    attachments: list[AttachmentRead]
    created_at: Instant


class ConversationRead(ReadModel):
    model_config = ConfigDict(json_schema_extra={"example": _CONVERSATION})

    id: int
    side: Side = Field(description="Yours")
    customer: CustomerRead
    studio: StudioRead
    last_message: MessageRead
    unread_count: int = Field(description="Messages of the other side that yours hasn't read")
    last_read_message_id: int = Field(description="How far your side has read; 0: nothing yet")
    other_last_read_message_id: int = Field(description="How far the other side has read")
    shares_contacts: bool = Field(description="A booking is, or was, confirmed: names and bodies are whole")
    is_blocked: bool = Field(description="Your side has blocked the other")
    created_at: Instant


class ConversationMessages(ReadModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {"conversation": _CONVERSATION, "items": [_MESSAGE], "next_cursor": None}
        }
    )

    conversation: ConversationRead
    items: list[MessageRead] = Field(description="Newest first")
    next_cursor: str | None = Field(description="Ask again with it as `cursor` for the older ones")


class UnreadRead(ReadModel):
    model_config = ConfigDict(json_schema_extra={"example": {"unread": 5, "as_customer": 2, "as_studio": 3}})

    unread: int
    as_customer: int
    as_studio: int
