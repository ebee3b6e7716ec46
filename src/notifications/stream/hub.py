"""All open streams of a process. One reader looks for news for all of them: a stream that waits costs no connection.

What is durable comes from the database, whatever woke the reader, so that a lost wake-up only delays. A stream that
has no room is left where it is and read for again when its client has taken what waits.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import orjson
import structlog
from fastapi.sse import format_sse_event

from src.auth import service as auth
from src.core.config import Settings
from src.core.database import DATABASE_ERRORS, Database
from src.core.limits import REDIS_FAILURES, RETRY_SECONDS
from src.core.live import Signals
from src.notifications.stream import repository
from src.notifications.stream.exceptions import TooManyStreamsError
from src.notifications.stream.streams import Stream

log = structlog.get_logger(__name__)

PAUSE_AFTER_FAILURE_SECONDS: Final = 1.0
# While Redis wakes us: what it lost, or a process couldn't say, is found that late.
ROUND_SECONDS: Final = 15.0
LOOK_SECONDS: Final = 1.0
CANCELLATION_SECONDS: Final = 0.1


class Hub:
    def __init__(self, signals: Signals, settings: Settings) -> None:
        self._signals = signals
        self._settings = settings
        self._streams: dict[int, set[Stream]] = {}
        self._woken: set[int] = set()
        self._is_woken = asyncio.Event()
        self._is_listening = False
        self._is_ending = False
        self._next_look = self._last_round = self._last_check = 0.0
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, database: Database) -> None:
        """Within the event loop that serves the streams."""
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._read(database))]

    async def stop(self) -> None:
        self.end_streams()
        # Again and again: redis-py loses a cancellation that meets it while it connects.
        while running := [task for task in self._tasks if not task.done()]:
            for task in running:
                task.cancel()
            await asyncio.wait(running, timeout=CANCELLATION_SECONDS)

    def end_streams(self) -> None:
        """Their clients come back, to another process; from now on none is taken."""
        self._is_ending = True
        for stream in self.streams():
            stream.close()

    def streams(self) -> list[Stream]:
        return [stream for of_user in self._streams.values() for stream in of_user]

    def admit(self, user_id: int) -> None:
        """Raises `TooManyStreamsError`."""
        if len(self._streams.get(user_id, ())) >= self._settings.most_streams_per_user:
            raise TooManyStreamsError

    def join(self, stream: Stream) -> None:
        self._streams.setdefault(stream.user_id, set()).add(stream)
        if self._is_ending:
            stream.close()
        self.wake([stream.user_id])  # for what has happened since its place was read

    def leave(self, stream: Stream) -> None:
        theirs = self._streams[stream.user_id]
        theirs.remove(stream)
        if not theirs:
            del self._streams[stream.user_id]

    def wake(self, user_ids: Iterable[int]) -> None:
        self._woken.update(user_id for user_id in user_ids if user_id in self._streams)
        if self._woken:
            self._is_woken.set()

    def took(self, stream: Stream) -> None:
        """Its client has taken what waited: there is room for what didn't fit."""
        if stream.is_behind:
            stream.is_behind = False
            self.wake([stream.user_id])

    # --- from Redis

    async def _listen(self) -> None:
        while True:
            try:
                await self._subscribe()
            except REDIS_FAILURES as error:
                log.warning("live_reader_polls", error=repr(error))
            except Exception:  # whatever one message was, everybody's streams hang on this
                log.exception("live_message_not_understood")
            self._is_listening = False
            await asyncio.sleep(RETRY_SECONDS)

    async def _subscribe(self) -> None:
        async with self._signals.redis.pubsub(ignore_subscribe_messages=True) as subscription:
            await subscription.subscribe(self._signals.channel)
            self._is_listening = True
            self.wake(list(self._streams))
            async for message in subscription.listen():
                self._hear(orjson.loads(message["data"]))

    def _hear(self, message: dict[str, Any]) -> None:
        kind = message.get("kind")
        if kind is None:
            self.wake(message["user_ids"])
            return
        chunk = format_sse_event(event=kind, data_str=orjson.dumps(message["data"]).decode())
        for user_id in message["user_ids"]:
            for stream in self._streams.get(user_id, ()):
                stream.push_passing(chunk)

    # --- from the database

    async def _read(self, database: Database) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._until_next_look()):
                    await self._is_woken.wait()
            try:
                if self._until_next_look() == 0:
                    await self._look_after_streams(database)
                await self._read_woken(database)
            except DATABASE_ERRORS as error:
                log.warning("live_reader_waits", error=repr(error))
                await asyncio.sleep(PAUSE_AFTER_FAILURE_SECONDS)

    def _until_next_look(self) -> float:
        return max(0.0, self._next_look - time.monotonic())

    async def _look_after_streams(self, database: Database) -> None:
        """Every second or so: a round for all when it is due, signs of life, the end of ended sessions."""
        now = time.monotonic()
        settings = self._settings
        self._next_look = now + min(LOOK_SECONDS, settings.live_poll_seconds, settings.live_heartbeat_seconds)
        if now >= self._last_round + (ROUND_SECONDS if self._is_listening else settings.live_poll_seconds):
            self._last_round = now
            self.wake(list(self._streams))
        quiet_since = now - settings.live_heartbeat_seconds
        for stream in self.streams():
            if stream.last_sign <= quiet_since:
                stream.give_sign()
        if self._last_check <= quiet_since:
            self._last_check = now
            await self._end_those_of_ended_sessions(database)

    async def _read_woken(self, database: Database) -> None:
        self._is_woken.clear()
        woken, self._woken = self._woken, set()
        readers = {user_id: streams for user_id in woken if (streams := self._with_room(user_id))}
        if not readers:
            return
        numbers = {user_id: min(stream.number for stream in streams) for user_id, streams in readers.items()}
        try:
            async with database.fast_reading() as connection:
                rows = await repository.list_later(connection, numbers)
        except DATABASE_ERRORS:
            self.wake(woken)
            raise
        self._hand_out(rows, readers)

    def _with_room(self, user_id: int) -> list[Stream]:
        """The others are read for when their clients have taken what waits."""
        theirs = list(self._streams.get(user_id, ()))
        for stream in theirs:
            stream.is_behind = not stream.has_room
        return [stream for stream in theirs if stream.has_room]

    def _hand_out(self, rows: Iterable[Any], readers: Mapping[int, Sequence[Stream]]) -> None:
        """Only to those for whom the rows were read: to others something may be missing in front of them."""
        found = Counter[int]()
        for row in rows:
            user_id, number = row["user_id"], row["number"]
            found[user_id] += 1
            chunk = format_sse_event(event=row["kind"], data_str=row["data"], id=str(number))
            for stream in readers[user_id]:
                stream.push(number, chunk)
        self.wake(user_id for user_id, count in found.items() if count == repository.MOST_ROWS)

    async def _end_those_of_ended_sessions(self, database: Database) -> None:
        streams = self.streams()
        if not streams:
            return
        async with database.fast_reading() as connection:
            live = await auth.find_live_sessions(connection, {stream.session_id for stream in streams})
        for stream in streams:
            if stream.session_id not in live:
                stream.close()
