import asyncio
import socket
import time
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest

from src.core import limits
from src.core.limits import Budget, Limiter, TooManyRequestsError


@pytest.fixture
def prefix(request):
    return f"limits:{request.node.name}"


def budget(limit: str = "10/minute", whose: str = "mira") -> Budget:
    return Budget.of(limit, name="tries", whose=whose)


async def passed(limiter: Limiter, *budgets: Budget) -> bool:
    try:
        await limiter.spend(*budgets)
    except TooManyRequestsError:
        return False
    return True


@asynccontextmanager
async def limiter_on(url: str, prefix: str):
    limiter = Limiter(url, prefix=prefix)
    try:
        await limiter._redis.reset()
        yield limiter
    finally:
        await limiter.close()


async def test_tries_beyond_the_limit_are_refused_until_there_are_some_again(redis_url, prefix):
    async with limiter_on(redis_url, prefix) as limiter:
        assert [await passed(limiter, budget("2/second")) for _ in range(3)] == [True, True, False]
        assert await passed(limiter, budget("2/second", whose="another"))
        await asyncio.sleep(1.05)
        assert await passed(limiter, budget("2/second"))


async def test_the_refusal_says_how_long_to_wait(redis_url, prefix):
    async with limiter_on(redis_url, prefix) as limiter:
        await limiter.spend(budget("1/15 minutes"))
        with pytest.raises(TooManyRequestsError) as caught:
            await limiter.spend(budget("1/15 minutes"))
        assert 890 <= int(caught.value.headers["Retry-After"]) <= 900


async def test_the_first_budget_that_is_spent_spares_the_next(redis_url, prefix):
    async with limiter_on(redis_url, prefix) as limiter:
        client, account = budget("1/minute", whose="client"), budget("2/minute", whose="account")
        assert [await passed(limiter, client, account) for _ in range(5)] == [True, *[False] * 4]
        assert await passed(limiter, account)


async def test_tries_can_be_given_back(redis_url, prefix):
    async with limiter_on(redis_url, prefix) as limiter:
        await limiter.spend(budget("1/minute"))
        await limiter.restore(budget("1/minute"))
        assert await passed(limiter, budget("1/minute"))


async def test_processes_share_what_they_count(redis_url, prefix):
    async with limiter_on(redis_url, prefix) as one, limiter_on(redis_url, prefix) as other:
        tries = [passed(limiter, budget()) for _ in range(15) for limiter in (one, other)]
        assert sum(await asyncio.gather(*tries)) == 10


@pytest.fixture
def taken_port():
    """Bound, and nobody listens."""
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        yield taken


@pytest.mark.parametrize("is_silent", [False, True])
async def test_without_redis_a_process_counts_by_itself_and_is_quick(taken_port, is_silent):
    if is_silent:
        taken_port.listen()  # takes connections and never says a word
    limiter = Limiter(f"redis://127.0.0.1:{taken_port.getsockname()[1]}/0")
    started = time.perf_counter()
    assert [await passed(limiter, budget("3/minute")) for _ in range(5)] == [True] * 3 + [False] * 2
    # One wait for all of them: after a failure Redis is left alone for a while.
    assert time.perf_counter() - started < 1  # five waits would be longer
    await limiter.close()


async def test_redis_is_used_again_when_it_is_back(redis_url, prefix, taken_port, monkeypatch):
    monkeypatch.setattr(limits, "RETRY_SECONDS", 0.2)
    address, dead_port = urlsplit(redis_url), taken_port.getsockname()[1]
    limiter = Limiter(f"redis://127.0.0.1:{dead_port}{address.path}", prefix=prefix)
    async with limiter_on(redis_url, prefix) as neighbour:
        assert await passed(limiter, budget("1/minute"))
        assert not await passed(limiter, budget("1/minute"))
        assert await passed(neighbour, budget("1/minute"))  # counted locally, so it has not heard of it
        await neighbour.restore(budget("1/minute"))
        async with forwarding(dead_port, address.hostname, address.port):
            await asyncio.sleep(0.25)
            assert await passed(limiter, budget("1/minute"))
            assert not await passed(neighbour, budget("1/minute"))
            await limiter.close()


@asynccontextmanager
async def forwarding(port, host, target_port):
    """What arrives at the port is taken to the target, and back."""
    pipes = []

    async def pipe(reader, writer):
        while content := await reader.read(65_536):
            writer.write(content)
        writer.close()

    async def connect(reader, writer):
        upstream_reader, upstream_writer = await asyncio.open_connection(host, target_port)
        pipes.extend(
            [
                asyncio.ensure_future(pipe(reader, upstream_writer)),
                asyncio.ensure_future(pipe(upstream_reader, writer)),
            ]
        )

    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listening.bind(("127.0.0.1", port))
    server = await asyncio.start_server(connect, sock=listening)
    yield
    server.close()
    await asyncio.gather(*pipes)
