from dataclasses import fields
from typing import get_type_hints

from src import main, worker  # noqa: F401 - with them every domain is loaded
from src.core.events import Event
from src.core.outbox import handler_name
from src.notifications.handlers import tell
from src.notifications.tellings.table import TELLINGS
from src.subscriptions import SUBSCRIPTIONS

# Published for those who come later: nobody reacts yet.
WITHOUT_HANDLERS = {
    "bookings.BookingHeld",
    "messages.MessageSent",
    "messages.ConversationRead",
}


def ours() -> set[type[Event]]:
    return {kind for kind in Event.registry.values() if kind.__module__.startswith("src.")}


def test_every_event_has_its_line_in_the_table_of_subscriptions() -> None:
    assert ours() == set(SUBSCRIPTIONS)


def test_events_without_a_handler_are_known() -> None:
    assert {kind.name for kind, handlers in SUBSCRIPTIONS.items() if not handlers} == WITHOUT_HANDLERS


def test_every_handler_takes_the_event_that_it_is_subscribed_to() -> None:
    for kind, handlers in SUBSCRIPTIONS.items():
        for handler in handlers:
            assert issubclass(kind, get_type_hints(handler)["event"]), handler


def test_names_of_handlers_are_unique() -> None:
    """They stand in the broker's messages and in the marks of what was handled."""
    everyone = {handler for handlers in SUBSCRIPTIONS.values() for handler in handlers}
    assert len({handler_name(handler) for handler in everyone}) == len(everyone)
    for handlers in SUBSCRIPTIONS.values():
        assert len(handlers) == len(set(handlers))


def test_whatever_is_told_by_the_table_is_subscribed_to_by_its_handler() -> None:
    told = {kind for kind, handlers in SUBSCRIPTIONS.items() if tell in handlers}
    assert told == set(TELLINGS)


def test_events_are_frozen_and_hold_nothing_but_ids() -> None:
    for kind in ours():
        assert "__delattr__" in vars(kind), f"{kind.name} is not frozen"
        for field in fields(kind):
            assert field.name.endswith("_id"), f"{kind.name}.{field.name}"
            assert field.type is int
