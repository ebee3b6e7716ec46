"""The processes that `make dev` starts: their output, their restarts and their end."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import Mapping
from contextlib import closing, suppress

from src.cli import processes
from src.cli.services import PROJECT, STATE

RECORDS = STATE / "processes"

LONGEST_LINE = 2**20
STOP_SECONDS = 10
SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 15.0
# A process that ran this long has worked: its next restart doesn't wait.
HEALTHY_SECONDS = 20.0

NAME_WIDTH = 8
COLOURS = {"dev": 1, "api": 32, "worker": 34, "beat": 35, "postgres": 36, "valkey": 31}
OTHER_COLOUR = 33


def say(name: str, line: str) -> None:
    """Print a line under the name of the process it comes from."""
    label = f"{name:<{NAME_WIDTH}}"
    if sys.stdout.isatty() and "NO_COLOR" not in os.environ:
        label = f"\033[{COLOURS.get(name, OTHER_COLOUR)}m{label}\033[0m"
    with suppress(OSError):  # the terminal was closed; what runs must still be stopped in order
        print(f"{label}| {line}", flush=True)


def end_leftovers() -> None:
    """End the processes of a supervisor that was killed."""
    RECORDS.mkdir(parents=True, exist_ok=True)
    for record in RECORDS.glob("*.json"):
        if processes.end_remembered(record, signal.SIGTERM, STOP_SECONDS):
            say("dev", f"ended the {record.stem} of a run that was killed")


class Child:
    """One Python module as a process group of its own, whose output carries its name."""

    def __init__(self, name: str, module: list[str], environment: Mapping[str, str]) -> None:
        self.name = name
        self._module = module
        self._environment = environment
        self._record = RECORDS / f"{name}.json"
        self._process: Process | None = None
        self._is_stopping = False

    async def run_once(self) -> int:
        """Run until it ends, pass its output on, kill what it leaves behind; return its exit code."""
        # A pipe of our own: with asyncio's, wait() lasts until the last grandchild has let go of it too.
        reading, writing = os.pipe()
        output = asyncio.create_task(self._pass_output_on(reading))
        try:
            self._process = process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", *self._module),
                cwd=PROJECT,
                env=self._environment,
                stdin=DEVNULL,
                stdout=writing,
                stderr=STDOUT,
                start_new_session=True,
            )
        finally:
            os.close(writing)
        processes.remember(self._record, process.pid)
        try:
            return await process.wait()
        finally:
            processes.kill_group(process.pid)
            self._record.unlink(missing_ok=True)
            await output

    async def keep_running(self) -> None:
        """Run it again whenever it ends, with a growing pause if it never lasts long."""
        clock = asyncio.get_running_loop().time
        pause = SHORTEST_PAUSE
        while True:
            began = clock()
            code = await self.run_once()
            if self._is_stopping:
                return
            pause = SHORTEST_PAUSE if clock() - began > HEALTHY_SECONDS else min(pause * 2, LONGEST_PAUSE)
            say(self.name, f"ended with code {code}, starts again in {pause:.1f} s")
            await asyncio.sleep(pause)

    async def stop(self) -> None:
        """End it gently, then by force, and don't start it again."""
        self._is_stopping = True
        if self._process is None or self._process.returncode is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
        except TimeoutError:
            say(self.name, f"doesn't end within {STOP_SECONDS} s and is killed")
            self.kill()

    def kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            processes.kill_group(self._process.pid)

    async def _pass_output_on(self, pipe: int) -> None:
        reader = asyncio.StreamReader(limit=LONGEST_LINE)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(pipe, "rb")
        )
        with closing(transport):
            while True:
                try:
                    line = await reader.readline()
                except ValueError:  # longer than LONGEST_LINE: the buffer was cleared, the rest follows
                    continue
                if not line:
                    return
                say(self.name, line.decode(errors="replace").rstrip())
