"""What is built with Node.js is tested where it is installed: a bare machine has none of it."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
CLIENT = PROJECT / "clients" / "typescript"
EXAMPLE = PROJECT / "examples" / "nextjs"


def needs(*installed: Path) -> pytest.MarkDecorator:
    missing = [name for name in ("node", "npm") if shutil.which(name) is None]
    missing += [
        str(folder.relative_to(PROJECT)) for folder in installed if not (folder / "node_modules").is_dir()
    ]
    return pytest.mark.skipif(
        bool(missing), reason=f"not installed: {', '.join(missing)} (`make client-check` does)"
    )


def run(*command: str, folder: Path, environment: Mapping[str, str]) -> str:
    """What it prints. Fails with it when the command does."""
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
