"""The one place that reads the wall clock; use cases take `now` as an argument.

Whether a hold has expired is never decided by this clock but by the database's `clock_timestamp()`.
"""

from datetime import UTC, datetime


def utc_now() -> datetime:
    return datetime.now(UTC)
