"""The real nginx with the real configuration in front of the real API."""

import asyncio
import ipaddress
import json
import re
import signal
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from src.cli.embedded import pick_free_port
from src.core.config import Settings
from src.core.database import Database
from src.core.live import Signals
from tests.factories.world import Person, World, ok
from tests.notifications.support import PATIENCE_SECONDS, tell
from tests.support.product import PROJECT, Product, wait_until
from tests.support.programs import program
from tests.support.services import create_extra_database, run_folder, worker_name

TOKEN = "aB3_-" * 8 + "xyz"
BROTLI = Path("/usr/lib/nginx/modules/ngx_http_brotli_filter_module.so")
MOST_STREAMS = 3
# Of the places for what is too large for memory, nginx makes its own only where the system's are.
PLACES = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")

pytestmark = pytest.mark.processes


class Nginx:
    def __init__(self, binary: str, folder: Path, api: Product, database_url: str) -> None:
        self.folder = folder
        self.http, self.https = pick_free_port(), pick_free_port()
        self.api, self.database_url = api, database_url
        write_certificate(folder)
        (folder / "nginx.conf").write_text(self._configuration("nginx.conf"))
        (folder / "conf.d").mkdir()
        for name in ("downbeat.conf", *(["brotli.conf"] if BROTLI.exists() else [])):
            (folder / "conf.d" / name).write_text(self._configuration(name))
        self._command = [binary, "-c", str(folder / "nginx.conf"), "-p", str(folder)]

    def start(self) -> None:
        subprocess.run([*self._command, "-t"], check=True, capture_output=True)
        self._process = subprocess.Popen(self._command, stderr=subprocess.DEVNULL)
        wait_until(self._answers, "nginx does not answer")

    def stop(self) -> None:
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(20)

    def client(self, **options: Any) -> httpx.Client:
        return httpx.Client(base_url=self.url, verify=self.trust(), **options)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.https}"

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.folder / "fullchain.pem"))

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "access.log").read_text().splitlines()]

    def logs(self) -> str:
        return "".join(path.read_text() for path in self.folder.glob("*.log"))

    def _answers(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.http}/nginx-health").text == "ok\n"
        except httpx.TransportError:
            return False

    def _configuration(self, name: str) -> str:
        """What is different here is where things are; each has to be there to be replaced."""
        text = (PROJECT / "deploy/nginx" / name).read_text()
        for there, here in self._differences().get(name, {}).items():
            assert there in text, there
            text = text.replace(there, here)
        return re.sub(r"listen \[::\]:.*", "", text)

    def _differences(self) -> dict[str, dict[str, str]]:
        folder = self.folder
        places = "".join(f"{name}_temp_path {folder}/{name}; " for name in PLACES)
        return {
            "nginx.conf": {
                "user www-data;": "daemon off;",
                "worker_processes auto;": "worker_processes 1;",
                "pid /run/nginx.pid;": f"pid {folder}/nginx.pid;",
                "/dev/stderr": f"{folder}/main.log",
                "include /etc/nginx/modules-enabled/*.conf;": f"load_module {BROTLI};" * BROTLI.exists(),
                "include /etc/nginx/conf.d/*.conf;": f"{places} include {folder}/conf.d/*.conf;",
            },
            "downbeat.conf": {
                "listen 80 ": f"listen 127.0.0.1:{self.http} ",
                "listen 443 ": f"listen 127.0.0.1:{self.https} ",
                "/etc/nginx/certificates": str(folder),
                "/etc/nginx/admin_allow.conf": str(PROJECT / "deploy/nginx/admin_allow.conf"),
                "/dev/stdout": f"{folder}/access.log",
                "/dev/stderr": f"{folder}/error.log",
                "http://api:8000": self.api.url,
                "streams_by_address 50;": f"streams_by_address {MOST_STREAMS};",
            },
        }


def write_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


@pytest.fixture(scope="module")
def nginx(redis_url: str) -> Iterator[Nginx]:
    binary = program("nginx")
    folder = run_folder() / f"nginx-{worker_name()}"
    database_url = create_extra_database("nginx")
    with Product(
        database_url=database_url,
        redis_url=redis_url,
        folder=folder,
        TRUSTED_PROXY_HOPS="1",
    ) as product:
        product.start_api("tests.support.launched:create_streaming_app")
        folder.chmod(0o777)
        nginx = Nginx(binary, folder, product, database_url)
        nginx.start()
        yield nginx
        nginx.stop()


def test_plain_http_leads_to_https(nginx: Nginx) -> None:
    answer = httpx.get(f"http://127.0.0.1:{nginx.http}/api/v1/rooms?city_id=1")
    assert answer.status_code == 308
    assert answer.headers["Location"] == "https://127.0.0.1/api/v1/rooms?city_id=1"


@pytest.mark.parametrize(
    ("accepted", "used"),
    [
        pytest.param(
            "gzip, deflate, br",
            "br",
            marks=pytest.mark.skipif(
                not BROTLI.exists(), reason="apt-get install libnginx-mod-http-brotli-filter"
            ),
        ),
        ("gzip, deflate", "gzip"),
        ("identity", None),
    ],
)
def test_answers_are_compressed_as_the_client_can_read_them(
    nginx: Nginx, accepted: str, used: str | None
) -> None:
    with nginx.client() as client:
        plain = client.get("/api/v1/countries", headers={"Accept-Encoding": "identity"}).content
        with client.stream("GET", "/api/v1/countries", headers={"Accept-Encoding": accepted}) as answer:
            body = b"".join(answer.iter_raw())
    assert answer.headers.get("Content-Encoding") == used
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert (body == plain) if used is None else (len(body) < len(plain) / 2)


def test_answers_carry_every_security_header_once(nginx: Nginx) -> None:
    with nginx.client() as client:
        answer = client.get("/api/v1/countries")
        refused = client.get("/api/v1/nothing")
    assert answer.headers["Server"] == "nginx"
    for headers in (answer.headers, refused.headers):
        assert headers.get_list("Strict-Transport-Security") == ["max-age=31536000; includeSubDomains"]
        assert headers.get_list("X-Content-Type-Options") == ["nosniff"]
        assert headers.get_list("X-Frame-Options") == ["DENY"]
        assert headers.get_list("Referrer-Policy") == ["no-referrer"]


@pytest.mark.parametrize("path", ["/metrics", "/admin", "/admin/users", "/health/ready"])
def test_what_is_not_for_the_public_is_not_there(nginx: Nginx, path: str) -> None:
    with nginx.client() as client:
        answer = client.get(path)
    assert answer.status_code == 404
    assert "X-Request-ID" not in answer.headers  # never reached the API


def test_the_api_sees_the_real_client_whatever_it_claims(nginx: Nginx) -> None:
    claims = {"X-Forwarded-For": "198.51.100.1", "X-Forwarded-Proto": "http", "Forwarded": "for=198.51.100.1"}
    with nginx.client() as client:
        assert client.get("/client", headers=claims).json() == {"address": "127.0.0.1", "scheme": "https"}


def test_a_body_too_large_is_refused_by_the_application_in_its_own_words(nginx: Nginx) -> None:
    with nginx.client() as client:
        answer = client.post("/api/v1/auth/login", content=b"x" * 2_000_000)
        assert (answer.status_code, answer.json()["code"]) == (413, "content_too_large")
        assert client.post("/api/v1/auth/login", content=b"x" * 17_000_000).status_code == 413


@pytest.fixture
async def writer(nginx: Nginx, settings: Settings) -> AsyncIterator[Database]:
    """Commits in a process of its own, as a worker does."""
    signals = Signals(settings.redis_url)
    elsewhere = settings.model_copy(update={"database_url": nginx.database_url})
    database = Database(elsewhere, on_news=signals.wake)
    yield database
    await database.close()
    await signals.close()


@pytest.fixture
async def person(nginx: Nginx, writer: Database, settings: Settings) -> AsyncIterator[Person]:
    """Speaks to the product through nginx."""
    issued_by = settings.model_copy(update={"public_url": nginx.api.url})
    async with httpx.AsyncClient(
        base_url=nginx.url, verify=nginx.trust(), timeout=PATIENCE_SECONDS
    ) as client:
        yield await World(client=client, database=writer, settings=issued_by).person()


async def test_what_happens_is_heard_at_once_on_so_many_streams_an_address(
    person: Person, writer: Database
) -> None:
    """The product's own stream, at both of its paths; one more is refused by nginx, and nothing else is."""
    ticket = (await ok(person.post("/notifications/stream-tickets")))["ticket"]
    async with AsyncExitStack() as streams:

        async def open_stream(version: str) -> httpx.Response:
            path = f"/api{version}/notifications/stream"
            asked = person.client.stream("GET", path, params={"ticket": ticket})
            return await streams.enter_async_context(asked)

        opened = [await open_stream(version) for version in ("/v1", "", "/v1")]
        assert len(opened) == MOST_STREAMS
        heard = [stream.aiter_lines() for stream in opened]
        for lines in heard:
            await until(lines, "event: ready")
        await tell(writer, person.id, 1)
        for stream, lines in zip(opened, heard, strict=True):
            await until(lines, 'data: {"number": 1}')
            assert "Content-Encoding" not in stream.headers

        refused = await open_stream("/v1")
        assert (refused.status_code, "X-Request-ID" in refused.headers) == (429, False)
        await ok(person.get("/users/me"))


async def until(lines: AsyncIterator[str], wanted: str) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await anext(lines) != wanted:
            pass


def test_tokens_and_tickets_are_in_no_log_also_when_the_api_is_away(nginx: Nginx) -> None:
    feed = f"/api/v1/calendars/{TOKEN}.ics"
    stream = f"/api/v1/notifications/stream?ticket={TOKEN}"
    with nginx.client(timeout=5) as client:
        client.get(feed, headers={"Referer": f"https://127.0.0.1{feed}"})
        client.get(stream)
        nginx.api.stop("api")  # the last test: nobody needs it any more
        assert client.get(feed).status_code == 502
        client.get(stream)
    assert TOKEN not in nginx.logs()
    paths = [line["path"] for line in nginx.lines()]
    assert paths.count("/api/v1/calendars/*.ics") == 2
    assert {"status", "client", "request_id", "seconds"} <= set(nginx.lines()[0])
