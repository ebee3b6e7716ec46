"""The mails of `make dev` in the browser."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from src.core.config import Settings
from src.core.mail.models import Mail
from src.core.mail.transports import FileTransport
from src.main import create_app
from tests.core.mails import SENDER, mail, rendered
from tests.core.test_ical import entry


def written(folder: Path, one: Mail) -> str:
    FileTransport(folder, SENDER).send(rendered(one), one)
    return f"{one.id:08d}-{one.template.replace('/', '-')}.eml"


def browser_of(settings: Settings) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(create_app(settings)), base_url="http://test")


@pytest.fixture
async def browser(settings: Settings, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    development = {"environment": "development", "mail_directory": tmp_path}
    async with browser_of(settings.model_copy(update=development)) as client:
        yield client


async def test_mails_are_listed_and_shown_as_html_text_and_source(
    browser: httpx.AsyncClient, tmp_path: Path
) -> None:
    assert "None yet" in (await browser.get("/dev/mails")).text
    name = written(tmp_path, mail(customer="<b>Mira</b>"))
    listed = (await browser.get("/dev/mails")).text
    assert f'href="/dev/mails/{name}"' in listed
    assert "New booking DB-7K3M" in listed
    assert "mira@example.com" in listed

    shown = (await browser.get(f"/dev/mails/{name}")).text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in shown
    assert "allow-scripts" not in shown
    html = await browser.get(f"/dev/mails/{name}/html")
    assert "&lt;b&gt;Mira&lt;/b&gt; has booked and paid." in html.text
    assert "default-src 'none'" in html.headers["Content-Security-Policy"]
    text = await browser.get(f"/dev/mails/{name}/text")
    assert text.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "<b>Mira</b> has booked and paid." in text.text
    assert "Message-ID: <mail-12@downbeat.example>" in (await browser.get(f"/dev/mails/{name}/raw")).text


async def test_an_attachment_is_downloaded(browser: httpx.AsyncClient, tmp_path: Path) -> None:
    one = mail()
    one.calendar_entry = entry().model_dump(mode="json")
    name = written(tmp_path, one)
    assert "booking.ics" in (await browser.get(f"/dev/mails/{name}")).text
    found = await browser.get(f"/dev/mails/{name}/attachments/0")
    assert found.content.startswith(b"BEGIN:VCALENDAR")
    assert found.headers["Content-Disposition"] == 'attachment; filename="booking.ics"'
    assert (await browser.get(f"/dev/mails/{name}/attachments/1")).status_code == 404


@pytest.mark.parametrize(
    "name", ["00000099-auth-welcome.eml", "..%2Fsecret.eml", "00000001-..%2f..%2fsecret.eml", "secret.txt"]
)
async def test_only_mails_of_the_folder_can_be_read(
    browser: httpx.AsyncClient, tmp_path: Path, name: str
) -> None:
    (tmp_path.parent / "secret.eml").write_text("Subject: secret")
    (tmp_path / "secret.txt").write_text("Subject: secret")
    answer = await browser.get(f"/dev/mails/{name}")
    assert answer.status_code in (404, 422)
    assert "Subject: secret" not in answer.text


@pytest.mark.parametrize(
    "update",
    [
        {"environment": "production"},
        {"environment": "test"},
        {"environment": "development", "mail_transport": "smtp"},
        {"environment": "production", "mail_transport": "smtp"},
    ],
    ids=str,
)
async def test_there_is_no_such_page_elsewhere(
    settings: Settings, tmp_path: Path, update: dict[str, str]
) -> None:
    name = written(tmp_path, mail())
    there = settings.model_copy(update={"mail_directory": tmp_path} | update)
    async with browser_of(there) as client:
        for path in ("/dev/mails", f"/dev/mails/{name}", f"/dev/mails/{name}/raw"):
            assert (await client.get(path)).status_code == 404


async def test_the_page_is_in_no_documentation(browser: httpx.AsyncClient) -> None:
    assert (await browser.get("/dev/mails")).status_code == 200
    documented = (await browser.get("/openapi.json")).json()["paths"]
    assert not [path for path in documented if path.startswith("/dev")]
