"""Make a virtual environment and install a lock file into it, on a machine that has Python and nothing else.

Debian's python3 comes without pip and without ensurepip, so the environment is made without them and pip runs
from the wheel beside this file.

    python3 install.py .venv requirements/dev.txt
"""
# ruff: noqa: INP001, S603, T201 - a script, not a module: it prints, and starts the pip beside it

import re
import subprocess
import sys
import time
import venv
from collections.abc import Iterable
from pathlib import Path

OLDEST = (3, 11)
PIP = next(Path(__file__).parent.glob("pip-*.whl")) / "pip"


def main(environment: Path, lock: Path) -> None:
    if sys.version_info < OLDEST:
        sys.exit(f"Downbeat needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}.")
    began = time.monotonic()
    print(f"Making the virtual environment {environment} with Python {sys.version.split()[0]}", flush=True)
    venv.create(environment, symlinks=True, with_pip=False)
    print(f"Installing {lock} by hash; the first time this takes about a minute", flush=True)
    install(environment, lock)
    print(f"Installed in {time.monotonic() - began:.0f} s", flush=True)


def install(environment: Path, lock: Path) -> None:
    # Wheels only: there may be no compiler, and a build would run unhashed code.
    options = ["--require-hashes", "--only-binary", ":all:", "--disable-pip-version-check", "--no-input"]
    command = [environment / "bin" / "python", PIP, "install", *options, "--progress-bar", "off", "-r", lock]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as pip:
        show_progress(pip.stdout or (), lock.read_text().splitlines())
    if pip.returncode:
        sys.exit(pip.returncode)


def show_progress(output: Iterable[str], lock: list[str]) -> None:
    """Count pip's output by the lines of the lock it names."""
    total = sum("==" in line for line in lock)
    done = 0
    waiting = {number for number, line in enumerate(lock, 1) if "==" in line}
    for line in output:
        if line.startswith("Ignoring"):  # meant for another platform
            done += 1
        elif (named := re.search(r"\(line (\d+)\)", line)) and int(named[1]) in waiting:
            waiting.remove(int(named[1]))
            done += 1
            print(f"  {done:3} of {total}  {lock[int(named[1]) - 1].split()[0]}", flush=True)
        elif line.startswith("Installing"):
            print("  unpacking", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
