"""What a process does for its streams, with a real database and a real Redis; sockets are in test_stream.py."""

import asyncio

import pytest
from fastapi.sse import KEEPALIVE_COMMENT
from sqlalchemy import text

from src.core import live
from src.core.config import Settings
from src.core.database import Database
from src.core.live import Signals
from src.notifications.stream import hub as hubs
from src.notifications.stream import repository, response
from src.notifications.stream.exceptions import TooManyStreamsError
from src.notifications.stream.hub import Hub
from src.notifications.stream.response import StreamResponse
from src.notifications.stream.streams import MOST_WAITING, Stream
from tests.notifications.support import tell

ANA, TOM = 1, 2
NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture(autouse=True)
async def _a_session(committed: Database) -> None:
    """Both have one, with their own id."""
    async with committed.transaction() as session:
        await session.execute(
            text(
                "INSERT INTO users (id, email, firstname, lastname, email_verified_at)"
                " SELECT n, n || '@example.com', 'A', 'B', now() FROM generate_series(1, 2) AS n"
            )
        )
        await session.execute(
            text(
                "INSERT INTO auth_sessions (id, user_id, expires_at)"
                " SELECT n, n, now() + interval '1 day' FROM generate_series(1, 2) AS n"
            )
        )


def stream_of(user_id: int, number: int = 0) -> Stream:
    return Stream(user_id=user_id, session_id=user_id, number=number)


async def numbers_of(hub: Hub, stream: Stream, count: int) -> list[int]:
    """Ids of what it is given, taking as a fast client does."""
    ids: list[int] = []
    async with asyncio.timeout(10):
        while len(ids) < count:
            lines = (await stream.take()).decode().split("\n")
            ids += [int(line.removeprefix("id: ")) for line in lines if line.startswith("id: ")]
            hub.took(stream)
    return ids


async def eventually(condition) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - what is asked is no event
            await asyncio.sleep(0.01)


async def test_what_is_committed_reaches_the_streams_of_its_user_and_no_other(
    hub: Hub, committed: Database
) -> None:
    mine, also_mine, theirs = stream_of(ANA), stream_of(ANA), stream_of(TOM)
    for stream in (mine, also_mine, theirs):
        hub.join(stream)
    await tell(committed, ANA, 1)
    assert await numbers_of(hub, mine, 1) == await numbers_of(hub, also_mine, 1) == [1]
    assert theirs.number == 0


async def test_a_slow_client_holds_little_and_misses_nothing(hub: Hub, committed: Database) -> None:
    slow, fast = stream_of(ANA), stream_of(ANA)
    hub.join(slow)
    hub.join(fast)
    for number in range(3 * MOST_WAITING):
        await tell(committed, ANA, number)
    expected = list(range(1, 3 * MOST_WAITING + 1))
    assert await numbers_of(hub, fast, len(expected)) == expected
    assert (slow.number, len(slow._waiting)) == (MOST_WAITING, MOST_WAITING)
    assert await numbers_of(hub, slow, len(expected)) == expected


async def test_a_client_that_takes_nothing_is_cut_off(
    hub: Hub, committed: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its socket is full: the server's `send` doesn't come back."""
    monkeypatch.setattr(response, "PATIENCE_SECONDS", 0.1)

    async def blocked(_: object) -> None:
        await asyncio.Event().wait()

    stream = stream_of(ANA)
    stream.greet(has_gap=False)
    async with asyncio.timeout(5):
        await StreamResponse(hub, stream)({"type": "http"}, blocked, blocked)  # type: ignore[arg-type]
    assert hub.streams() == []


async def test_a_client_that_goes_leaves_nothing(hub: Hub) -> None:
    async def gone() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def sent(_: object) -> None:
        pass

    async with asyncio.timeout(5):
        await StreamResponse(hub, stream_of(ANA))({"type": "http"}, gone, sent)
    assert hub.streams() == []


async def test_what_passes_reaches_who_is_looking_and_has_no_number(hub: Hub, signals: Signals) -> None:
    stream = stream_of(ANA)
    hub.join(stream)
    await eventually(lambda: hub._is_listening)
    await live.signal(signals, user_ids=[ANA, 77], kind="typing", data={"conversation_id": 7})
    async with asyncio.timeout(5):
        assert await stream.take() == b'event: typing\ndata: {"conversation_id":7}\n\n'
    assert stream.number == 0


async def test_without_redis_streams_go_on_by_looking(
    live_settings: Settings, committed: Database, live_url: str
) -> None:
    settings = live_settings.model_copy(update={"redis_url": NOWHERE, "live_poll_seconds": 0.1})
    silent = Signals(NOWHERE)
    hub = Hub(silent, settings)
    hub.start(committed)
    writer = Database(settings, on_news=silent.wake)
    stream = stream_of(ANA)
    hub.join(stream)
    await asyncio.sleep(0.2)  # the look that joining causes is over
    await tell(writer, ANA, 1)
    assert await numbers_of(hub, stream, 1) == [1]
    await live.signal(silent, user_ids=[ANA], kind="typing", data={})  # says nothing, and breaks nothing
    await hub.stop()
    await silent.close()
    await writer.close()


async def test_a_lost_wake_up_only_delays(
    hub: Hub, committed: Database, live_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "ROUND_SECONDS", 0.1)
    stream = stream_of(ANA)
    hub.join(stream)
    await eventually(lambda: hub._is_listening)
    mute = Database(live_settings)
    await tell(mute, ANA, 1)
    assert await numbers_of(hub, stream, 1) == [1]
    await mute.close()


async def test_a_stream_ends_soon_after_its_session(
    live_settings: Settings, committed: Database, signals: Signals
) -> None:
    hub = Hub(signals, live_settings.model_copy(update={"live_heartbeat_seconds": 0.1}))
    hub.start(committed)
    ended, goes_on = stream_of(ANA), stream_of(TOM)
    hub.join(ended)
    hub.join(goes_on)
    async with committed.transaction() as session:
        await session.execute(text("UPDATE auth_sessions SET revoked_at = now() WHERE id = 1"))
    await eventually(lambda: ended.is_closed)
    assert await ended.take() == b""
    assert await goes_on.take() == KEEPALIVE_COMMENT
    await hub.stop()
    assert goes_on.is_closed


async def test_a_database_that_is_away_for_a_moment_only_delays(
    hub: Hub, committed: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "PAUSE_AFTER_FAILURE_SECONDS", 0.01)
    failures = iter([ConnectionError(), TimeoutError()])
    read = repository.list_later

    async def fail_first(*arguments):
        if (failure := next(failures, None)) is not None:
            raise failure
        return await read(*arguments)

    monkeypatch.setattr(repository, "list_later", fail_first)
    stream = stream_of(ANA)
    hub.join(stream)
    await tell(committed, ANA, 1)
    assert await numbers_of(hub, stream, 1) == [1]
    assert next(failures, None) is None


async def test_nobody_opens_more_streams_than_are_allowed(hub: Hub, live_settings: Settings) -> None:
    for _ in range(live_settings.most_streams_per_user):
        hub.admit(ANA)
        hub.join(stream_of(ANA))
    with pytest.raises(TooManyStreamsError):
        hub.admit(ANA)
    hub.admit(TOM)


@pytest.fixture
async def half_forgotten(committed: Database) -> Database:
    """Of five events the first three are forgotten."""
    for number in range(5):
        await tell(committed, ANA, number)
    async with committed.transaction() as session:
        await session.execute(text("DELETE FROM live_events WHERE number <= 3"))
    return committed


@pytest.mark.parametrize(
    ("seen", "place", "has_gap"),
    [
        (None, 5, False),
        (5, 5, False),
        (4, 4, False),
        (3, 3, False),
        (2, 5, True),
        (0, 5, True),
        (99, 5, True),
    ],
)
async def test_who_was_away_for_too_long_is_told_so(
    half_forgotten: Database,
    seen: int | None,
    place: int,
    has_gap: bool,  # noqa: FBT001 - a parameter
) -> None:
    async with half_forgotten.fast_reading() as connection:
        found = await repository.find_place(connection, user_id=ANA, last_number=seen)
        assert (found.number, found.has_gap) == (place, has_gap)
        nobody = await repository.find_place(connection, user_id=404, last_number=seen)
        assert (nobody.number, nobody.has_gap) == (0, seen not in {None, 0})


async def test_what_is_forgotten_under_an_open_stream_is_said(hub: Hub, half_forgotten: Database) -> None:
    stream = stream_of(ANA, number=1)
    hub.join(stream)
    assert await numbers_of(hub, stream, 3) == [3, 4, 5]
