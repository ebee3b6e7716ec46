from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from src.teams.enums import TeamRole
from tests.factories.world import Person, Studio, World, created, ok, problem
from tests.support.worker import Worker
from tests.teams.support import invitation_tokens, newest_token


def shouted(email: str) -> str:
    name, _, host = email.partition("@")
    return f"{name.upper()}@{host}"


async def invite(by: Person, studio: Studio, email: str, role: str = "staff", **more: Any) -> httpx.Response:
    path = f"/companies/{studio.company['id']}/team/invitations"
    return await by.post(path, {"email": email, "role": role, **more})


async def accept(person: Person, token: str) -> httpx.Response:
    return await person.post(f"/team/invitations/{token}/accept")


async def test_somebody_with_an_account_joins_by_the_link(world: World, worker: Worker) -> None:
    studio, invited = await world.studio(), await world.person()
    problem(await invited.patch(f"/rooms/{studio.room_id}", {"name": "x"}), 403, "permission_missing")
    sent = await created(invite(studio.owner, studio, shouted(invited.email), "manager"))
    token = await newest_token(worker, shouted(invited.email))
    (mail,) = worker.mailbox.to(shouted(invited.email))
    assert "Soho Sound" in mail["Subject"]
    member = await created(accept(invited, token))
    assert (member["user_id"], member["role"], member["address_ids"]) == (invited.id, "manager", None)
    await ok(invited.patch(f"/rooms/{studio.room_id}", {"name": "Theirs"}))
    path = f"/companies/{studio.company['id']}/team"
    assert (await ok(studio.owner.get(path)))["items"] == [member]
    assert (await ok(studio.owner.get(f"{path}/invitations")))["total"] == 0
    assert sent["email"] == shouted(invited.email)


async def test_somebody_new_registers_confirms_and_joins(world: World, worker: Worker) -> None:
    studio = await world.studio()
    await created(invite(studio.owner, studio, "new@example.com"))
    token = await newest_token(worker, "new@example.com")
    body = {"email": "new@example.com", "password": "brass room number 5", "firstname": "N", "lastname": "N"}
    await created(world.client.post("/api/v1/auth/register", json=body))
    await worker.run()
    (mail,) = [m for m in worker.mailbox.to("new@example.com") if "onfirm" in m["Subject"]]
    verification = mail.get_body(("plain",)).get_content().split("token=")[1].split()[0]  # type: ignore[union-attr]
    await ok(world.client.post("/api/v1/auth/verify-email", json={"token": verification}))
    known = {"email": body["email"], "password": body["password"]}
    logged_in = await ok(world.client.post("/api/v1/auth/login", json=known))
    newcomer = Person(logged_in["user"]["id"], body["email"], logged_in["access_token"], world.client)
    await created(accept(newcomer, token))


async def test_the_link_is_for_the_invited_address_alone(world: World, worker: Worker) -> None:
    studio, invited, other = await world.studio(), await world.person(), await world.person()
    await created(invite(studio.owner, studio, invited.email))
    token = await newest_token(worker, invited.email)
    problem(await accept(other, token), 403, "invitation_for_other_address")
    problem(await accept(other, "no-such-token"), 404, "invitation_not_found")
    await created(accept(invited, token))


async def test_the_link_works_once(world: World, worker: Worker) -> None:
    studio, invited = await world.studio(), await world.person()
    await created(invite(studio.owner, studio, invited.email))
    token = await newest_token(worker, invited.email)
    member = await created(accept(invited, token))
    problem(await accept(invited, token), 409, "invitation_used")
    # Nor does it bring back who was removed.
    path = f"/companies/{studio.company['id']}/team/{member['id']}"
    assert (await studio.owner.delete(path)).status_code == 204
    problem(await accept(invited, token), 409, "invitation_used")


async def test_the_link_works_for_days(world: World, worker: Worker, session: AsyncSession) -> None:
    studio, invited = await world.studio(), await world.person()
    sent = await created(invite(studio.owner, studio, invited.email))
    token = await newest_token(worker, invited.email)
    assert sent["expires_at"][:10] > sent["created_at"][:10]
    await session.execute(text("UPDATE team_invitations SET expires_at = now() - interval '1 second'"))
    problem(await accept(invited, token), 409, "invitation_expired")


async def test_a_second_invitation_ends_the_first(world: World, worker: Worker) -> None:
    studio, invited = await world.studio(), await world.person()
    await created(invite(studio.owner, studio, invited.email))
    await worker.run()
    await created(invite(studio.owner, studio, shouted(invited.email), "professional"))
    second = await newest_token(worker, shouted(invited.email))
    (first,) = invitation_tokens(worker.mailbox, invited.email)
    problem(await accept(invited, first), 404, "invitation_not_found")
    assert (await created(accept(invited, second)))["role"] == "professional"
    problem(await invite(studio.owner, studio, invited.email), 409, "already_member")


async def test_a_withdrawn_one_is_dead_and_its_mail_is_not_sent(world: World, worker: Worker) -> None:
    studio, invited = await world.studio(), await world.person()
    path = f"/companies/{studio.company['id']}/team/invitations"
    sent = await created(invite(studio.owner, studio, invited.email))
    assert (await ok(studio.owner.get(path)))["items"] == [sent]
    other = await world.studio()
    foreign = f"/companies/{other.company['id']}/team/invitations/{sent['id']}"
    problem(await other.owner.delete(foreign), 404, "invitation_not_found")
    assert (await studio.owner.delete(f"{path}/{sent['id']}")).status_code == 204
    problem(await studio.owner.delete(f"{path}/{sent['id']}"), 404, "invitation_not_found")
    await worker.run()
    assert worker.mailbox.to(invited.email) == []


async def test_managers_invite_all_but_managers(world: World) -> None:
    studio = await world.studio()
    manager, _ = await world.member(studio, TeamRole.MANAGER)
    here, _ = await world.member(studio, TeamRole.MANAGER, address_ids=[studio.address["id"]])
    await created(invite(manager, studio, "one@example.com", "staff"))
    refused = problem(await invite(manager, studio, "two@example.com", "manager"), 403, "permission_missing")
    assert refused["permission"] == "team.manage_managers"
    problem(await invite(here, studio, "three@example.com"), 403, "permission_missing")
    by_owner = await created(invite(studio.owner, studio, "two@example.com", "manager"))
    path = f"/companies/{studio.company['id']}/team/invitations/{by_owner['id']}"
    problem(await manager.delete(path), 403, "permission_missing")


async def test_studios_have_to_be_the_companys_own(world: World, worker: Worker) -> None:
    studio, other, invited = await world.studio(), await world.studio(), await world.person()
    own, foreign = studio.address["id"], other.address["id"]
    refused = problem(
        await invite(studio.owner, studio, invited.email, address_ids=[foreign, own]), 422, "unknown_studio"
    )
    assert refused["address_ids"] == [foreign]
    sent = await created(invite(studio.owner, studio, invited.email, address_ids=[own, own]))
    assert sent["address_ids"] == [own]
    member = await created(accept(invited, await newest_token(worker, invited.email)))
    path = f"/companies/{studio.company['id']}/team/{member['id']}"
    problem(await studio.owner.patch(path, {"address_ids": [foreign]}), 422, "unknown_studio")


@pytest.mark.parametrize(
    "changes",
    [{"role": "admin"}, {"role": None}, {"email": "x"}, {"address_ids": []}, {"address_ids": [0]},
     {"company_id": 1}, {"address_ids": list(range(1, 102))}],
    ids=str,
)  # fmt: skip
async def test_bad_fields_are_refused(world: World, changes: dict[str, Any]) -> None:
    studio = await world.studio()
    body = {"email": "one@example.com", "role": "staff"} | changes
    path = f"/companies/{studio.company['id']}/team/invitations"
    problem(await studio.owner.post(path, body), 422, "validation_failed")
    assert (await ok(studio.owner.get(path)))["total"] == 0


async def test_nobody_floods_mailboxes(world: World) -> None:
    studio = await world.studio()
    for _ in range(50):
        await created(invite(studio.owner, studio, "one@example.com"))
    problem(await invite(studio.owner, studio, "two@example.com"), 429, "too_many_requests")


async def test_nobody_joins_a_closed_company(world: World, worker: Worker) -> None:
    studio, invited = await world.studio(), await world.person()
    await created(invite(studio.owner, studio, invited.email))
    token = await newest_token(worker, invited.email)
    assert (await studio.owner.delete(f"/companies/{studio.company['id']}")).status_code == 204
    problem(await accept(invited, token), 409, "company_closed")
