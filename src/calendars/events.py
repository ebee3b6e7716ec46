from dataclasses import dataclass

from src.core.events import Event


@dataclass(frozen=True)
class CalendarConflictFound(Event):
    """An imported calendar has events over time that was taken before; which ones, its rows say."""

    import_id: int


@dataclass(frozen=True)
class CalendarImportFailing(Event):
    """An imported calendar could not be read several times in a row."""

    import_id: int
