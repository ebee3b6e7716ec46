from io import BytesIO

import httpx
import pytest
from PIL import Image
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from src import invariants
from src.core.identity import Role
from tests.factories.world import Person, World, created, ok, problem
from tests.support import pictures


async def upload(person: Person, company_id: int, content: bytes) -> httpx.Response:
    path = f"/api/v1/companies/{company_id}/logo"
    return await person.client.post(path, headers=person.headers, files={"file": content})


async def test_a_company_gets_a_logo_that_everybody_sees(
    world: World, client: httpx.AsyncClient, session: AsyncSession
) -> None:
    studio = await world.studio()
    assert studio.company["logo"] is None
    company = await created(upload(studio.owner, studio.company["id"], pictures.palette_with_hole()))
    shown = await ok(client.get(f"/api/v1/companies/{studio.company['slug']}"))
    assert shown["logo"] == company["logo"]
    answer = await client.get(company["logo"]["medium"])
    assert Image.open(BytesIO(answer.content)).mode == "RGBA"
    again = await created(upload(studio.owner, studio.company["id"], pictures.jpeg()))
    assert again["logo"] != company["logo"]
    unused = await session.scalars(text("SELECT key FROM stored_files WHERE delete_at IS NOT NULL"))
    assert [key in company["logo"]["thumb"] for key in unused] == [True]
    assert await invariants.check(session) == {}


async def test_the_platforms_staff_may_and_others_may_not(world: World, session: AsyncSession) -> None:
    studio, stranger = await world.studio(), await world.person()
    company_id = studio.company["id"]
    problem(await upload(stranger, company_id, pictures.jpeg()), 403, "not_company_admin")
    assert (await session.scalars(text("SELECT key FROM stored_files"))).all() == []
    await created(upload(await world.person(role=Role.ADMIN), company_id, pictures.jpeg()))
    problem(await upload(stranger, 9_999_999, pictures.jpeg()), 404, "company_not_found")


@pytest.mark.parametrize("content", [pictures.SVG, pictures.HTML])
async def test_what_is_no_picture_is_refused(world: World, content: bytes) -> None:
    studio = await world.studio()
    problem(await upload(studio.owner, studio.company["id"], content), 415, "unsupported_image")
    large = pictures.jpeg() + b"\0" * 11_000_000
    problem(await upload(studio.owner, studio.company["id"], large), 413, "content_too_large")
