"""Remembering and ending child processes, also those of a run that was killed before it could tidy up.

A process id alone says little after a crash: the number may belong to somebody else by now. So a record keeps
the command line beside it, and nothing is ended unless both still match.
"""

import json
import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")

# The kernel lets the parent go on a moment before the new program's command line can be read.
NEWBORN_SECONDS = 0.2


def command_line(pid: int) -> str:
    """Return the command line of a running process, or "" if there is none (zombies have none either)."""
    if not (PROC / "self").exists():  # macOS
        listing = subprocess.run(
            ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        return listing.stdout.strip()
    try:
        return (
            (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        )
    except OSError:
        return ""


def working_in(folder: Path) -> list[int]:
    """Return the processes whose working directory is `folder` (Linux only, elsewhere none are found)."""
    found = []
    for entry in PROC.glob("[0-9]*"):
        with suppress(OSError):
            if (entry / "cwd").readlink() == folder:
                found.append(int(entry.name))
    return found


def remember(record: Path, pid: int) -> None:
    """Write down a process so that a later run can find and end it."""
    deadline = time.monotonic() + NEWBORN_SECONDS
    while not (command := command_line(pid)) and time.monotonic() < deadline:
        time.sleep(0.001)
    record.write_text(json.dumps({"pid": pid, "command": command}))


def end_remembered(record: Path, sign: signal.Signals = signal.SIGTERM, patience: float = 10) -> bool:
    """End the process group written down in `record` if it still runs; say whether it did."""
    try:
        remembered = json.loads(record.read_text())
        pid, command = int(remembered["pid"]), str(remembered["command"])
    except (OSError, ValueError, KeyError):
        return False
    still_runs = bool(command) and command_line(pid) == command
    if still_runs:
        end_group(pid, sign, patience)
    record.unlink(missing_ok=True)
    return still_runs


def end_group(leader: int, sign: signal.Signals, patience: float) -> None:
    """Ask the leader of a process group to end (it ends its own children), then kill what is left of it."""
    with suppress(ProcessLookupError):
        os.kill(leader, sign)
    deadline = time.monotonic() + patience
    while command_line(leader) and time.monotonic() < deadline:
        time.sleep(0.02)
    kill_group(leader)
    while command_line(leader):
        time.sleep(0.02)


def kill_group(leader: int) -> None:
    """Kill every member of a process group; an empty group is no error."""
    with suppress(ProcessLookupError, PermissionError):  # macOS answers EPERM for a group of zombies
        os.killpg(leader, signal.SIGKILL)
