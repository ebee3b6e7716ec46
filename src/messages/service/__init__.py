"""The use cases of messages, a module each."""

from src.messages.service.facts import MessageFacts, get_message_facts, list_people
from src.messages.service.read import (
    count_unread,
    find_messages,
    get_conversation,
    list_conversations,
    mark_read,
)
from src.messages.service.send import Limits, send
from src.messages.service.telling import tell_unread
from src.messages.service.typing import signal_typing

__all__ = [
    "Limits",
    "MessageFacts",
    "count_unread",
    "find_messages",
    "get_conversation",
    "get_message_facts",
    "list_conversations",
    "list_people",
    "mark_read",
    "send",
    "signal_typing",
    "tell_unread",
]
