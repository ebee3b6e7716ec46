import pytest
from sqlalchemy import text

from src.core.encryption import SecretBox
from tests.factories.world import Studio, World, created, ok, problem

PUBLIC_URL = "https://crm.example/hooks"


@pytest.fixture
async def studio(world: World) -> Studio:
    """Where addresses of this machine are not allowed."""
    return await world.studio()


@pytest.fixture
def webhooks(studio) -> str:
    return f"/companies/{studio.company['id']}/webhooks"


async def test_its_secret_is_shown_once_and_rests_sealed(studio, webhooks, session, settings):
    made = await created(studio.owner.post(webhooks, {"url": PUBLIC_URL, "description": "Our CRM"}))
    assert made["secret"].startswith("whsec_")
    assert (made["event_types"], made["is_enabled"]) == (None, True)
    shown = await ok(studio.owner.get(f"{webhooks}/{made['id']}"))
    assert shown == {name: value for name, value in made.items() if name != "secret"}
    assert (await ok(studio.owner.get(webhooks)))["items"] == [shown]

    sealed = await session.scalar(text("SELECT secret FROM webhook_endpoints"))
    assert made["secret"] not in sealed
    context = f"webhook_endpoints.secret:{made['id']}"
    assert SecretBox.of(settings).open(sealed, context=context) == made["secret"]


@pytest.mark.parametrize(
    "url",
    [
        "http://crm.example/hooks",
        "https://127.0.0.1/hooks",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://user:secret@crm.example/",
        "https://crm.example:8443/",
        "ftp://crm.example/",
        "nowhere",
    ],
)
async def test_only_public_https_addresses_are_taken(studio, webhooks, url):
    problem(await studio.owner.post(webhooks, {"url": url}), 422, "webhook_address_refused")
    made = await created(studio.owner.post(webhooks, {"url": PUBLIC_URL}))
    problem(
        await studio.owner.patch(f"{webhooks}/{made['id']}", {"url": url}), 422, "webhook_address_refused"
    )


async def test_an_event_that_there_is_not_is_refused(studio, webhooks):
    body = {"url": PUBLIC_URL, "event_types": ["booking.confirmed", "booking.imagined"]}
    problem(await studio.owner.post(webhooks, body), 422, "validation_failed")


async def test_it_is_changed_and_deleted_and_all_of_it_is_in_the_trail(studio, webhooks):
    made = await created(studio.owner.post(webhooks, {"url": PUBLIC_URL}))
    one = f"{webhooks}/{made['id']}"
    types = ["booking.cancelled", "booking.confirmed"]
    changed = await ok(studio.owner.patch(one, {"event_types": types[::-1] + types, "description": "CRM"}))
    assert (changed["event_types"], changed["description"], changed["url"]) == (types, "CRM", PUBLIC_URL)
    off = await ok(studio.owner.patch(one, {"is_enabled": False}))
    assert (off["is_enabled"], off["disabled_reason"]) == (False, "owner")
    await ok(studio.owner.post(f"{one}/rotate-secret"))
    assert (await studio.owner.delete(one)).status_code == 204
    problem(await studio.owner.get(one), 404, "webhook_endpoint_not_found")

    trail = await ok(studio.owner.get(f"/companies/{studio.company['id']}/audit"))
    actions = [entry["action"] for entry in trail["items"] if entry["action"].startswith("webhook.")]
    assert actions == [
        "webhook.deleted",
        "webhook.secret_rotated",
        "webhook.updated",
        "webhook.updated",
        "webhook.created",
    ]
    assert "whsec_" not in str(trail)


async def test_ten_are_enough(studio, webhooks):
    answers = [await studio.owner.post(webhooks, {"url": PUBLIC_URL}) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [201] * 10 + [409]
    problem(answers[-1], 409, "too_many_webhook_endpoints")


async def test_an_endpoint_of_another_company_is_not_there(world, studio, webhooks):
    other = await world.studio()
    made = await created(other.owner.post(f"/companies/{other.company['id']}/webhooks", {"url": PUBLIC_URL}))
    for method, more in [("get", ""), ("delete", ""), ("post", "/ping"), ("post", "/rotate-secret")]:
        answer = await getattr(studio.owner, method)(f"{webhooks}/{made['id']}{more}")
        problem(answer, 404, "webhook_endpoint_not_found")
    problem(await studio.owner.get(f"{webhooks}/{made['id']}/deliveries"), 404, "webhook_endpoint_not_found")


async def test_a_delivery_of_another_endpoint_is_not_there(studio, webhooks):
    one, another = [await created(studio.owner.post(webhooks, {"url": PUBLIC_URL})) for _ in range(2)]
    sent = await created(studio.owner.post(f"{webhooks}/{one['id']}/ping"))
    for path in (f"deliveries/{sent['id']}", "deliveries/999999"):
        answer = await studio.owner.get(f"{webhooks}/{another['id']}/{path}")
        problem(answer, 404, "webhook_delivery_not_found")
    answer = await studio.owner.post(f"{webhooks}/{another['id']}/deliveries/{sent['id']}/replay")
    problem(answer, 404, "webhook_delivery_not_found")


async def test_what_waits_when_it_is_disabled_is_given_up(studio, webhooks):
    made = await created(studio.owner.post(webhooks, {"url": PUBLIC_URL}))
    one = f"{webhooks}/{made['id']}"
    sent = await created(studio.owner.post(f"{one}/ping"))
    await ok(studio.owner.patch(one, {"is_enabled": False}))
    assert (await ok(studio.owner.get(f"{one}/deliveries/{sent['id']}")))["status"] == "failed"
