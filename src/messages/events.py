from dataclasses import dataclass

from src.core.events import Event


@dataclass(frozen=True)
class MessageSent(Event):
    message_id: int


@dataclass(frozen=True)
class ConversationRead(Event):
    """The reader, and with them their side, has read everything up to this message."""

    conversation_id: int
    reader_id: int
    message_id: int


@dataclass(frozen=True)
class MessageUnread(Event):
    """The newest of the messages that the other side has left unread for so long that a mail is due."""

    message_id: int
