"""The real nginx with the real configuration in front of the real API."""

import ipaddress
import json
import re
import signal
import ssl
import subprocess
from collections.abc import Iterator
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
from tests.support.product import PROJECT, Product, wait_until
from tests.support.programs import program
from tests.support.services import create_extra_database, run_folder, worker_name

TOKEN = "aB3_-" * 8 + "xyz"
STREAM = "^/api(/v1)?/notifications/stream$"
# As the official image has it, with the log of request lines that our servers must not fall back to.
MAIN = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log info;
events {{}}
http {{
    log_format main '$remote_addr "$request"';
    access_log {folder}/main.log main;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/downbeat.conf;
}}
"""

pytestmark = pytest.mark.processes


class Nginx:
    def __init__(self, binary: str, folder: Path, api: Product) -> None:
        self.folder = folder
        self.http, self.https = pick_free_port(), pick_free_port()
        self.api = api
        write_certificate(folder)
        (folder / "downbeat.conf").write_text(self._configuration(binary))
        (folder / "nginx.conf").write_text(MAIN.format(folder=folder))
        self._command = [binary, "-c", str(folder / "nginx.conf"), "-p", str(folder)]

    def start(self) -> None:
        subprocess.run([*self._command, "-t"], check=True, capture_output=True)
        self._process = subprocess.Popen(self._command, stderr=subprocess.DEVNULL)
        wait_until(self._answers, "nginx does not answer")

    def stop(self) -> None:
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(20)

    def client(self, **options: Any) -> httpx.Client:
        verify = ssl.create_default_context(cafile=str(self.folder / "fullchain.pem"))
        return httpx.Client(base_url=f"https://127.0.0.1:{self.https}", verify=verify, **options)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "access.log").read_text().splitlines()]

    def logs(self) -> str:
        return "".join(path.read_text() for path in self.folder.glob("*.log"))

    def _answers(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.http}/nginx-health").text == "ok\n"
        except httpx.TransportError:
            return False

    def _configuration(self, binary: str) -> str:
        """What is different here is where things are; each has to be there to be replaced."""
        text = (PROJECT / "deploy/nginx/downbeat.conf").read_text()
        version = subprocess.run([binary, "-v"], check=True, capture_output=True, text=True).stderr
        number = tuple(map(int, re.findall(r"\d+", version)[:2]))
        for there, here in {
            "listen 80 ": f"listen 127.0.0.1:{self.http} ",
            "listen 443 ": f"listen 127.0.0.1:{self.https} ",
            "/etc/nginx/certificates": str(self.folder),
            "/etc/nginx/admin_allow.conf": str(PROJECT / "deploy/nginx/admin_allow.conf"),
            "/dev/stdout": str(self.folder / "access.log"),
            "/dev/stderr": str(self.folder / "error.log"),
            "http://api:8000": self.api.url,
            STREAM: "^/stream$",
            **({"http2 on;": ""} if number < (1, 25) else {}),
        }.items():
            assert there in text, there
            text = text.replace(there, here)
        return re.sub(r"listen \[::\]:.*", "", text)


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
    with Product(
        database_url=create_extra_database("nginx"),
        redis_url=redis_url,
        folder=folder,
        TRUSTED_PROXY_HOPS="1",
    ) as product:
        product.start_api("tests.support.launched:create_streaming_app")
        folder.chmod(0o777)
        nginx = Nginx(binary, folder, product)
        nginx.start()
        yield nginx
        nginx.stop()


def test_plain_http_leads_to_https(nginx: Nginx) -> None:
    answer = httpx.get(f"http://127.0.0.1:{nginx.http}/api/v1/rooms?city_id=1")
    assert answer.status_code == 308
    assert answer.headers["Location"] == "https://127.0.0.1/api/v1/rooms?city_id=1"


def test_answers_are_compressed_and_carry_every_security_header_once(nginx: Nginx) -> None:
    with nginx.client() as client:
        answer = client.get("/api/v1/countries")
        refused = client.get("/api/v1/nothing")
    assert answer.headers["Content-Encoding"] == "gzip"
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


def test_a_stream_is_heard_line_by_line(nginx: Nginx) -> None:
    with nginx.client(timeout=5) as client, client.stream("GET", "/stream") as answer:
        assert next(answer.iter_text()) == "hello"  # the rest has not been said yet
        assert "Content-Encoding" not in answer.headers


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
