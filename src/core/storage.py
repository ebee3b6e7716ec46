"""Where uploaded files live. Keys are ours (`rooms/7/3f…webp`), never a name that a user sent."""

import asyncio
import re
from pathlib import Path
from typing import Protocol

KEY = re.compile(r"[a-z0-9][a-z0-9_\-]*(/[a-z0-9][a-z0-9_\-]*)*(\.[a-z0-9]+)?")


class Storage(Protocol):
    async def save(self, key: str, content: bytes) -> None: ...

    async def load(self, key: str) -> bytes:
        """Raises `FileNotFoundError`."""
        ...

    async def delete(self, key: str) -> None:
        """Does nothing when the key is gone already."""
        ...

    def url(self, key: str) -> str:
        """The address under which a client reads the file."""
        ...


class LocalStorage:
    """A folder, served under `/media`."""

    def __init__(self, directory: Path, base_url: str) -> None:
        self._directory = directory
        self._base_url = base_url.rstrip("/")

    async def save(self, key: str, content: bytes) -> None:
        await asyncio.to_thread(_write, self._path(key), content)

    async def load(self, key: str) -> bytes:
        return await asyncio.to_thread(self._path(key).read_bytes)

    async def delete(self, key: str) -> None:
        await asyncio.to_thread(self._path(key).unlink, missing_ok=True)

    def url(self, key: str) -> str:
        return f"{self._base_url}/{key}"

    def _path(self, key: str) -> Path:
        if not KEY.fullmatch(key):
            raise ValueError(f"not a storage key: {key!r}")
        return self._directory / key


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.write_bytes(content)
    unfinished.replace(path)
