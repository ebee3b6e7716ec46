"""The pages as people see them: a real browser in front of the real application, on loopback."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.async_api import Browser, Page, ViewportSize, async_playwright
from sqlalchemy import text

from src.auth import passwords

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PASSWORD = "four brass rooms"
WIDE, PHONE = ViewportSize(width=1280, height=900), ViewportSize(width=390, height=800)

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium"),
]


@dataclass
class Visit:
    """A page, and what it fetched and complained about."""

    page: Page
    address: str
    fetched: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.on("request", lambda request: self.fetched.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("requestfailed", lambda request: self._note_loss(request.url, request.failure))
        self.page.on("response", lambda answer: self._note_failure(answer.status, answer.url))

    def _note_loss(self, url: str, why: str | None) -> None:
        if why != "net::ERR_ABORTED":  # what a page was still loading when it was left
            self.complaints.append(f"{why}: {url}")

    def _note_failure(self, status: int, url: str) -> None:
        if status >= 500 or (status >= 400 and "/statics/" in url):
            self.complaints.append(f"{status}: {url}")

    async def go(self, path: str) -> None:
        await self.page.goto(f"{self.address}/admin{path}")

    async def is_wider_than_its_window(self) -> bool:
        wider = await self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        return bool(wider)


@pytest.fixture
async def address(app: FastAPI) -> AsyncIterator[str]:
    """In the test's own loop and transaction."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, timeout_graceful_shutdown=2))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    await serving


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        await browser.close()


@pytest.fixture
async def visit(browser: Browser, address: str) -> Visit:
    visit = Visit(await browser.new_page(viewport=WIDE), address)
    visit.watch()
    return visit


async def test_a_day_of_the_staff(visit, admin, world, session, tmp_path: Path):
    await session.execute(
        text("UPDATE users SET password_hash = :hash WHERE id = :id"),
        {"hash": await passwords.make_hash(PASSWORD), "id": admin.id},
    )
    studio, customer = await world.studio(), await world.person()
    await world.paid_booking(studio, customer)
    page = visit.page

    await visit.go("/")
    assert page.url.endswith("/admin/login")
    await page.get_by_label("E-mail address").fill(admin.email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Log in").click()
    await page.get_by_role("heading", name="Dashboard").wait_for()
    bars = page.locator("svg.plot").first.locator("rect.bar")
    assert await bars.count() == 90
    heights = [box["height"] for bar in await bars.all() if (box := await bar.bounding_box())]
    assert max(heights) > 50
    colour = await bars.first.evaluate("bar => getComputedStyle(bar).fill")
    assert colour == "rgb(6, 111, 209)"  # the style sheet is there, and allowed; so is the font of the icons
    assert await page.evaluate("document.fonts.load('16px tabler-icons').then(found => found.length)") == 1
    await page.get_by_text("The numbers").first.click()
    assert await page.get_by_role("cell", name="1", exact=True).first.is_visible()

    await page.get_by_role("link", name="Users").click()
    await page.get_by_label("Search").fill(customer.email)
    await page.get_by_role("button", name="Show").click()
    await page.get_by_role("cell", name=str(customer.id), exact=True).get_by_role("link").click()
    await page.get_by_role("link", name="Deactivate").click()
    await page.get_by_role("button", name="Deactivate").click()
    assert await page.get_by_role("status").text_content() == "Deactivate: done."
    assert (await customer.get("/users/me")).status_code == 401

    for viewport in (WIDE, PHONE):
        await page.set_viewport_size(viewport)
        for path in ("/", "/booking/list", f"/user/details/{customer.id}", "/login"):
            await visit.go(path)
            assert not await visit.is_wider_than_its_window(), (path, viewport)
    assert (await page.screenshot(path=tmp_path / "admin.png", full_page=True)).startswith(b"\x89PNG")

    assert visit.complaints == []
    foreign = [url for url in visit.fetched if not url.startswith((f"{visit.address}/admin", "data:"))]
    assert foreign == []


async def test_what_a_stranger_smuggles_in_runs_nowhere(visit, admin, settings, world, session):
    """Were it not escaped, the page's policy would still not run it: shown with a page that isn't escaped."""
    await visit.go("/login")
    ran = await visit.page.evaluate(
        """() => {
            document.body.insertAdjacentHTML('beforeend', '<img src="x" onerror="window.ran = true">')
            const script = document.createElement('script')
            script.textContent = 'window.ran = true'
            document.body.append(script)
            return new Promise(done => setTimeout(() => done(window.ran ?? false), 200))
        }"""
    )
    assert ran is False
    assert any("Content Security Policy" in complaint for complaint in visit.complaints)
