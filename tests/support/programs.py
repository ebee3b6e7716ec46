"""Programs of the machine that production stands on; tests of them are skipped where they aren't installed."""

import os
import shutil

import pytest


def program(name: str, *, package: str = "") -> str:
    """Skips the test, with the reason, on a machine that has no such program."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed: apt-get install {package or name}")
    return found
