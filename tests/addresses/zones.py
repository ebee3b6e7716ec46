"""Real changes of clocks, for tests of local time, hours and availability."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class OddDay:
    """A local day that is not 24 hours long."""

    zone: str
    day: date
    minutes: int

    @property
    def info(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def __str__(self) -> str:
        return f"{self.zone} {self.day}"


ODD_DAYS = [
    OddDay("America/New_York", date(2027, 3, 14), 23 * 60),
    OddDay("America/New_York", date(2027, 11, 7), 25 * 60),
    OddDay("Europe/London", date(2027, 3, 28), 23 * 60),
    OddDay("Europe/London", date(2027, 10, 31), 25 * 60),
    OddDay("America/Sao_Paulo", date(2018, 11, 4), 23 * 60),  # midnight was skipped
    OddDay("America/Sao_Paulo", date(2019, 2, 16), 25 * 60),  # from midnight back to 23:00
    OddDay("Australia/Lord_Howe", date(2027, 4, 4), 24 * 60 + 30),
    OddDay("Australia/Lord_Howe", date(2027, 10, 3), 24 * 60 - 30),
    OddDay("America/Havana", date(2027, 11, 7), 25 * 60),  # midnight comes twice
    OddDay("Pacific/Apia", date(2011, 12, 30), 0),  # Samoa went without this day
]
ZONES = sorted({odd.zone for odd in ODD_DAYS} | {"Asia/Kathmandu", "UTC", "Asia/Kolkata"})
