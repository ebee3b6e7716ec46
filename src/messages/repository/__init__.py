"""The queries of conversations and their messages, by what they are for."""

from src.messages.repository.conversations import (
    ConversationRow,
    begin,
    find_conversation,
    find_pair,
    find_studio,
    get_details,
    has_booked,
    list_conversations,
    lock_pair,
)
from src.messages.repository.marks import (
    count_behind_mark,
    count_unread,
    mark_read,
    note_newest,
    take_untold,
)
from src.messages.repository.texts import (
    MessageRow,
    find_message,
    find_messages,
    forget_contacts,
    get_message,
    get_messages,
    insert_message,
    list_before,
    list_messages,
    list_sent,
)

__all__ = [
    "ConversationRow",
    "MessageRow",
    "begin",
    "count_behind_mark",
    "count_unread",
    "find_conversation",
    "find_message",
    "find_messages",
    "find_pair",
    "find_studio",
    "forget_contacts",
    "get_details",
    "get_message",
    "get_messages",
    "has_booked",
    "insert_message",
    "list_before",
    "list_conversations",
    "list_messages",
    "list_sent",
    "lock_pair",
    "mark_read",
    "note_newest",
    "take_untold",
]
