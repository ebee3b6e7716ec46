"""Nothing that a stranger gives us leads into our own network, whatever its name says or where it redirects to."""

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from src.core.outbound import (
    AddressRefusedError,
    AnswerTooLargeError,
    Outbound,
    UnreachableError,
    is_public,
)
from tests.support.ics_server import IcsServer

INSIDE = [
    "127.0.0.1", "127.9.9.9", "0.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254",
    "192.0.2.1", "198.18.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "168.63.129.16",
    "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
]  # fmt: skip
OUTSIDE = ["8.8.8.8", "151.101.1.69", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", INSIDE)
async def test_no_name_leads_inside(address: str) -> None:
    async def resolve(*_: object) -> Sequence[str]:
        return [address]

    assert not is_public(ip_address(address))
    with pytest.raises(AddressRefusedError):
        await Outbound(allows_loopback=False, resolve=resolve).get(
            "https://calendar.example/a.ics", headers={}, most_bytes=10
        )


@pytest.mark.parametrize("address", OUTSIDE)
def test_the_internet_at_large_is_allowed(address: str) -> None:
    assert is_public(ip_address(address))


async def test_a_name_with_one_address_inside_is_refused_whole() -> None:
    async def resolve(*_: object) -> Sequence[str]:
        return ["8.8.8.8", "10.0.0.1"]

    with pytest.raises(AddressRefusedError):
        await Outbound(allows_loopback=False, resolve=resolve).get(
            "http://a.example/", headers={}, most_bytes=1
        )


@pytest.mark.parametrize(
    "url",
    [
        "ftp://calendar.example/a.ics", "file:///etc/passwd", "gopher://x/", "//calendar.example/a",
        "calendar.example", "", "https://", "https:///a", "http://[::1", "https://user@calendar.example/", "https://a:b@calendar.example/",
        "http://calendar.example:8080/", "http://calendar.example:22/", "http://calendar.example:99999/",
        "http://127.0.0.1/", "http://[::1]/", "http://[::ffff:10.0.0.1]/", "http://169.254.169.254/latest/meta-data",
        "https://calendar.example/a b", "https://calendar.example/\r\nHost: other", "https://a/" + "x" * 2000,
    ],
)  # fmt: skip
def test_what_is_no_public_web_address_is_refused_without_a_call(url: str) -> None:
    with pytest.raises(AddressRefusedError):
        Outbound(allows_loopback=False).check(url)


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "localhost"])
async def test_other_spellings_of_this_machine_are_looked_at_as_what_they_mean(host: str) -> None:
    with pytest.raises((AddressRefusedError, UnreachableError)):
        await Outbound(allows_loopback=False).get(f"http://{host}/", headers={}, most_bytes=10)


def test_webcal_is_https() -> None:
    outbound = Outbound(allows_loopback=False)
    assert outbound.check("webcal://calendar.example/a.ics#x") == "https://calendar.example/a.ics"
    assert outbound.check("http://calendar.example:443/a") == "http://calendar.example:443/a"


@pytest.fixture
async def server() -> AsyncIterator[IcsServer]:
    async with IcsServer() as server:
        yield server


async def get(server: IcsServer, path: str = "/studio.ics", most_bytes: int = 1000) -> bytes:
    outbound = Outbound(allows_loopback=True)
    answer = await outbound.get(f"http://127.0.0.1:{server.port}{path}", headers={}, most_bytes=most_bytes)
    return answer.body


async def test_redirects_are_followed_and_looked_at_each_time(server: IcsServer) -> None:
    server.answers_with(b"here")
    server.answers_with(status=302, path="/old", Location="/studio.ics")
    assert await get(server, "/old") == b"here"
    server.answers_with(status=302, path="/evil", Location="http://169.254.169.254/latest/meta-data")
    with pytest.raises(AddressRefusedError):
        await get(server, "/evil")
    server.answers_with(status=302, path="/odd", Location="file:///etc/passwd")
    with pytest.raises(AddressRefusedError):
        await get(server, "/odd")
    server.answers_with(status=302, path="/loop", Location="/loop")
    with pytest.raises(UnreachableError):
        await get(server, "/loop")


async def test_what_is_too_large_stops_at_the_limit_packed_or_not(server: IcsServer) -> None:
    server.answers_with(b"x" * 1000)
    assert len(await get(server)) == 1000
    server.answers_with(b"x" * 1001)
    with pytest.raises(AnswerTooLargeError):
        await get(server)
    server.answers_with(gzip.compress(b"x" * 1000), Content_Encoding="gzip")
    assert await get(server) == b"x" * 1000
    server.answers_with(gzip.compress(b"x" * 50_000_000), Content_Encoding="gzip")
    with pytest.raises(AnswerTooLargeError):
        await get(server, most_bytes=100_000)


@pytest.mark.parametrize(
    "answer", [{"Content_Encoding": "br"}, {"Content_Encoding": "gzip"}, {"Content_Length": "9"}]
)
async def test_an_answer_that_is_not_what_it_says_is_no_answer(
    server: IcsServer, answer: dict[str, Any]
) -> None:
    server.answers_with(b"nonsense", **answer)
    with pytest.raises(UnreachableError):
        await get(server)


async def test_what_is_posted_arrives_and_follows_no_redirect(server: IcsServer) -> None:
    server.answers_with(status=302, path="/hook", Location="/studio.ics")
    url = f"http://127.0.0.1:{server.port}/hook"
    answer = await Outbound(allows_loopback=True).post(url, headers={"X": "1"}, content=b"{}", most_bytes=10)
    assert answer.status == 302
    [(path, headers)] = server.requests
    assert (path, headers["x"], headers["content-length"]) == ("/hook", "1", "2")


async def test_where_nobody_listens_is_unreachable(server: IcsServer) -> None:
    with pytest.raises(UnreachableError):
        await Outbound(allows_loopback=True).get("http://127.0.0.1:1/", headers={}, most_bytes=1)


def certificate(folder: Path, name: str) -> ssl.SSLContext:
    """Of a server that goes by the name; its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


async def test_the_connection_goes_to_the_address_looked_at_and_tls_verifies_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that would answer otherwise the second time is asked once only (DNS rebinding)."""
    asked: list[str] = []

    async def resolve(host: str, _: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi")
        await writer.drain()
        writer.close()

    context = certificate(tmp_path, "calendar.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    outbound = Outbound(allows_loopback=True, resolve=resolve)
    answer = await outbound.get(f"https://calendar.example:{port}/", headers={}, most_bytes=10)
    assert answer.body == b"hi"
    assert asked == ["calendar.example"]
    asked.clear()
    with pytest.raises(UnreachableError):
        await outbound.get(f"https://other.example:{port}/", headers={}, most_bytes=10)
    server.close()
    await server.wait_closed()
