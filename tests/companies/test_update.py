import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.identity import Role
from src.teams.enums import TeamRole
from tests.factories.world import World, created, ok, problem


async def test_what_is_named_changes_and_the_slug_stays(world: World) -> None:
    studio = await world.studio()
    path = f"/companies/{studio.company['id']}"
    changes = {
        "name": "Brass",
        "tax_rate_bp": 2000,
        "prices_include_tax": False,
        "cancellation_policy": "strict",
    }
    assert await ok(studio.owner.patch(path, changes)) == studio.company | changes
    assert await ok(studio.owner.patch(path, {})) == studio.company | changes


@pytest.mark.parametrize(
    "changes",
    [{"slug": "x"}, {"id": 1}, {"is_active": False}, {"deactivated_at": None}, {"logo": "x"}, {"name": None},
     {"name": ""}, {"tax_rate_bp": 10_001}, {"tax_rate_bp": -1}, {"tax_rate_bp": "7"}, {"currency": "XYZ"}],
    ids=str,
)  # fmt: skip
async def test_other_fields_and_bad_values_are_refused(world: World, changes: dict[str, object]) -> None:
    studio = await world.studio()
    path = f"/companies/{studio.company['id']}"
    problem(await studio.owner.patch(path, {"name": "Brass"} | changes), 422, "validation_failed")
    assert (await ok(studio.owner.get("/companies/mine")))["items"] == [studio.company]


async def test_the_platforms_fee_is_set_by_the_platform(world: World) -> None:
    studio, admin = await world.studio(), await world.person(role=Role.ADMIN)
    path = f"/companies/{studio.company['id']}"
    problem(await studio.owner.patch(path, {"name": "Free", "platform_fee_bp": 0}), 403, "admin_only")
    assert (await ok(studio.owner.get(path)))["name"] == studio.company["name"]
    assert (await ok(admin.patch(path, {"platform_fee_bp": 500})))["platform_fee_bp"] == 500
    assert "platform_fee_bp" not in await ok(world.client.get(f"/api/v1{path}"))


async def test_a_company_with_prices_keeps_its_currency(world: World) -> None:
    owner = await world.person()
    company = await created(owner.post("/companies", {"name": "Brass", "currency": "GBP"}))
    assert (await ok(owner.patch(f"/companies/{company['id']}", {"currency": "EUR"})))["currency"] == "EUR"
    studio = await world.studio()
    path = f"/companies/{studio.company['id']}"
    answer = await studio.owner.patch(path, {"currency": "EUR", "name": "Euro"})
    problem(answer, 409, "currency_in_use")
    await ok(studio.owner.patch(path, {"currency": "GBP"}))  # no change, no harm


async def test_a_professionals_prices_count_too(world: World, session: AsyncSession) -> None:
    studio = await world.studio(is_published=False)
    await ok(studio.owner.put(f"/rooms/{studio.room_id}/prices", {"prices": []}))
    professional, member_id = await world.member(studio, TeamRole.PROFESSIONAL)
    services = [{"name": "Mixing", "minutes": 60, "amount": 4000}]
    await ok(professional.put(f"/team/{member_id}/services", {"services": services}))
    answer = await studio.owner.patch(f"/companies/{studio.company['id']}", {"currency": "EUR"})
    problem(answer, 409, "currency_in_use")
