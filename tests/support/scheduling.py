"""Which tests run in one worker, one after the other: those that share processes, or a database that they change."""

from typing import Final

from xdist.scheduler import LoadScopeScheduling

# One product for all of them.
TOGETHER: Final = {
    "tests/journeys/": "journeys",
    # One at a time: they start, stop and starve things.
    "tests/faults/": "faults",
    "tests/deploy/": "faults",
}
# A database or a product a file.
BY_FILE: Final = ("tests/concurrency/", "tests/notifications/test_stream.py")


class ByWhatTheyShare(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Of xdist's own marks (`xdist_group`) it sees nothing since pytest has structured its node ids."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        for folder, name in TOGETHER.items():
            if path.startswith(folder):
                return name
        return path if path.startswith(BY_FILE) else nodeid
