"""Calls to addresses that strangers give us (calendars to import, webhooks): never into our own network.

Each host name is resolved here, every address it has is looked at, and the connection goes to exactly one that was
looked at: a name that changes its mind in between (DNS rebinding) changes nothing. TLS still verifies the name.
Redirects are followed by hand and pass the same checks. What comes back is bounded in bytes, unpacked too, and in
seconds (docs/adr/0018).
"""

import asyncio
import socket
import ssl
import zlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, Self
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

import httpcore2
from httpcore2 import AnyIOBackend, AsyncConnectionPool, AsyncNetworkBackend, AsyncNetworkStream

from src.core.config import Settings

PORTS: Final = {"http": 80, "https": 443}
LONGEST_ADDRESS: Final = 2_000
MOST_REDIRECTS: Final = 5
STEP_SECONDS: Final = 10.0
TOTAL_SECONDS: Final = 20.0
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})

# NAT64 (RFC 6052): its last 32 bits are the IPv4 address that is really reached.
_NAT64: Final = IPv6Network("64:ff9b::/96")
# Not private by their registries, and still ways inside: IPv4-compatible, 6to4, Teredo, a network's own NAT64,
# and the host of Azure's virtual machines.
_INSIDE: Final = tuple(
    map(ip_network, ("::/96", "2002::/16", "2001::/32", "64:ff9b:1::/48", "fec0::/10", "168.63.129.16/32"))
)

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class OutboundError(Exception):
    """The call was not made, or brought nothing that can be used."""


class AddressRefusedError(OutboundError):
    """Not http(s), another port, or a way into a network that is not public."""


class UnreachableError(OutboundError):
    """No such name, no connection, no valid certificate, no answer in time, or none that is HTTP."""


class AnswerTooLargeError(OutboundError):
    pass


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` by their names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Outbound:
    """The one way out to an address that we were given. Keeps no connections and no cookies."""

    def __init__(self, *, allows_loopback: bool, resolve: Resolve | None = None) -> None:
        self.allows_loopback = allows_loopback
        self._resolve = resolve or _resolve

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(allows_loopback=settings.outbound_allows_loopback)

    @cached_property
    def _ssl_context(self) -> ssl.SSLContext:
        """Made for the first call: it reads every authority that the machine trusts, and most rounds call nobody."""
        return ssl.create_default_context()

    def check(self, url: str) -> str:
        """The address as it will be called, `webcal` as `https`; makes no call. Raises `AddressRefusedError`."""
        if len(url) > LONGEST_ADDRESS or not url.isprintable() or " " in url:
            raise AddressRefusedError("too long, or with characters that no address has")
        try:
            parts = urlsplit(url)
            parts = parts._replace(
                scheme={"webcal": "https", "webcals": "https"}.get(parts.scheme, parts.scheme)
            )
            port, host = parts.port, parts.hostname
        except ValueError as error:
            raise AddressRefusedError("not an address") from error
        if parts.scheme not in PORTS or not host:
            raise AddressRefusedError("neither http nor https")
        if parts.username is not None or parts.password is not None:
            raise AddressRefusedError("names a user")
        if port not in {None, *PORTS.values()} and not self.allows_loopback:
            raise AddressRefusedError("another port than 80 and 443")
        if (literal := _as_literal(host)) is not None and not self._is_allowed(literal):
            raise AddressRefusedError("not a public address")
        return urlunsplit(parts._replace(fragment=""))

    async def get(self, url: str, *, headers: Mapping[str, str], most_bytes: int) -> Answer:
        """Follows redirects, never from https to http. Raises an `OutboundError`."""
        url = self.check(url)
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                for _ in range(MOST_REDIRECTS + 1):
                    answer = await self._call("GET", url, headers, b"", most_bytes)
                    location = answer.headers.get("location")
                    if answer.status not in REDIRECTS or location is None:
                        return answer
                    url = self._redirected(url, location)
        except TimeoutError as error:
            raise UnreachableError("took too long") from error
        raise UnreachableError("redirects without an end")

    async def post(self, url: str, *, headers: Mapping[str, str], content: bytes, most_bytes: int) -> Answer:
        """Follows no redirect. Raises an `OutboundError`."""
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                return await self._call("POST", self.check(url), headers, content, most_bytes)
        except TimeoutError as error:
            raise UnreachableError("took too long") from error

    def _redirected(self, url: str, location: str) -> str:
        try:
            target = self.check(urljoin(url, location))
        except ValueError as error:
            raise AddressRefusedError("redirects to what is no address") from error
        if url.startswith("https:") and not target.startswith("https:"):
            raise AddressRefusedError("redirects from https to http")
        return target

    async def _call(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes, most_bytes: int
    ) -> Answer:
        backend = _PinningBackend(self._resolve, self._is_allowed)
        sent = {"User-Agent": "Downbeat", "Accept-Encoding": "gzip", **headers}
        seconds = dict.fromkeys(("connect", "read", "write", "pool"), STEP_SECONDS)
        try:
            async with (
                AsyncConnectionPool(ssl_context=self._ssl_context, network_backend=backend) as pool,
                pool.stream(
                    method,
                    _wire(url),
                    headers=list(sent.items()),
                    content=content or None,
                    extensions={"timeout": seconds},
                ) as response,
            ):
                received = {
                    name.decode("latin-1").lower(): value.decode("latin-1")
                    for name, value in response.headers
                }
                reader = _BoundedBody(received.get("content-encoding", ""), most_bytes)
                async for chunk in response.aiter_stream():
                    reader.feed(chunk)
                return Answer(response.status, received, reader.body())
        except (
            httpcore2.NetworkError,
            httpcore2.ProtocolError,
            httpcore2.TimeoutException,
            OSError,
        ) as error:
            raise UnreachableError(type(error).__name__) from error
        except (httpcore2.UnsupportedProtocol, UnicodeError, zlib.error) as error:
            raise UnreachableError("an answer that can't be read") from error

    def _is_allowed(self, address: Address) -> bool:
        return is_public(address) or (self.allows_loopback and _reached(address).is_loopback)


def _wire(url: str) -> str:
    """In ASCII, as it goes over the wire: the host by IDNA, the rest in per cents."""
    parts: SplitResult = urlsplit(url)
    host = (parts.hostname or "").encode("idna").decode()
    netloc = f"[{host}]" if ":" in host else host
    if parts.port is not None:
        netloc = f"{netloc}:{parts.port}"
    return urlunsplit(
        parts._replace(netloc=netloc, path=_quoted(parts.path or "/"), query=_quoted(parts.query))
    )


def _quoted(text: str) -> str:
    return "".join(c if c.isascii() else "".join(f"%{byte:02X}" for byte in c.encode()) for c in text)


class _BoundedBody:
    """Counts bytes as they are unpacked: a bomb stops at the limit, not in the memory."""

    def __init__(self, encoding: str, most_bytes: int) -> None:
        if encoding.lower() not in {"", "identity", "gzip", "x-gzip"}:
            raise UnreachableError("an encoding that was not asked for")
        self._unpacker = zlib.decompressobj(wbits=31) if "gzip" in encoding.lower() else None
        self._most_bytes = most_bytes
        self._body = bytearray()

    def feed(self, chunk: bytes) -> None:
        room = self._most_bytes + 1 - len(self._body)
        self._body += self._unpacker.decompress(chunk, room) if self._unpacker else chunk[:room]
        if len(self._body) > self._most_bytes:
            raise AnswerTooLargeError

    def body(self) -> bytes:
        return bytes(self._body)


class _PinningBackend(AsyncNetworkBackend):
    """Resolves, looks, and connects to what it has looked at. The host name stays that of TLS."""

    def __init__(self, resolve: Resolve, is_allowed: Callable[[Address], bool]) -> None:
        self._resolve = resolve
        self._is_allowed = is_allowed
        self._backend = AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - of the base
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        try:
            found = [ip_address(text) for text in await self._resolve(host, port)]
        except (OSError, UnicodeError) as error:
            raise UnreachableError("no such host") from error
        # All of them: a name that has one address inside is no honest name.
        if not found or not all(map(self._is_allowed, found)):
            raise AddressRefusedError("not a public address")
        return await self._backend.connect_tcp(
            str(found[0]), port, timeout=timeout, local_address=local_address, socket_options=socket_options
        )


async def _resolve(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for *_, sockaddr in found]


def _as_literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _reached(address: Address) -> Address:
    """The address that packets end at: IPv4 inside of IPv6 is looked at as IPv4."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address


def is_public(address: Address) -> bool:
    """Whether it belongs to the internet at large: not private, shared, loopback, link-local, multicast, reserved."""
    reached = _reached(address)
    is_inside = any(reached in network for network in _INSIDE if network.version == reached.version)
    return reached.is_global and not (is_inside or reached.is_multicast or reached.is_reserved)
