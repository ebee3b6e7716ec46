"""Who gets in: administrators of the platform, at this very request; nobody else, to no page and no action."""

from pydantic import SecretStr
from sqlalchemy import text
from starlette.routing import Mount, Route

from src.admin.site import Site
from src.admin.views import VIEWS
from src.core.identity import Role
from src.main import create_app
from tests.admin.support import Staff, cookie_of, hidden_fields, logged_in, session_of
from tests.factories.world import ok, problem

ACTIONS = [f"/{view.identity}/details/1/{action.name}" for view in VIEWS for action in view.actions]
PAGES = [
    "/",
    *(f"/{view.identity}/list" for view in VIEWS),
    *(f"/{view.identity}/details/1" for view in VIEWS),
    *ACTIONS,
]


def site_of(app):
    (mount,) = (route for route in app.routes if isinstance(route, Mount) and route.path == "/admin")
    dashboard = mount.routes[0]
    assert isinstance(dashboard, Route)
    site: Site = dashboard.endpoint.__self__  # type: ignore[attr-defined]
    return site


async def assert_kept_out(staff):
    for path in [*PAGES, "/no-such-page"]:
        page = await staff.get(path, 303)
        assert page.headers["location"] == "/admin/login", path
        assert page.text == ""
    for path in [*ACTIONS, "/logout"]:
        answer = await staff.client.post(f"/admin{path}", data={"csrf_token": staff.session.csrf_token})
        assert answer.status_code == 403, path
        assert answer.text == "Log in first."


async def test_nobody_without_a_session(app):
    await assert_kept_out(Staff(app))


async def test_no_customer(app, world, settings):
    await assert_kept_out(logged_in(app, await world.person(), settings))


async def test_no_owner(app, world, settings):
    studio = await world.studio()
    await assert_kept_out(logged_in(app, studio.owner, settings))


async def test_no_administrator_who_was_deactivated(app, staff, admin, session):
    await staff.get("/")
    await session.execute(text("UPDATE users SET deactivated_at = now() WHERE id = :id"), {"id": admin.id})
    await assert_kept_out(staff)


async def test_no_administrator_who_is_none_any_more(staff, admin, session):
    await staff.get("/")
    await session.execute(text("UPDATE users SET role = 'user' WHERE id = :id"), {"id": admin.id})
    await assert_kept_out(staff)


async def test_nobody_whose_session_was_ended_elsewhere(staff, admin):
    await staff.get("/")
    assert (await admin.post("/auth/logout-all")).status_code == 204
    await assert_kept_out(staff)


async def test_an_administrator_sees_every_list_and_the_dashboard(staff):
    for path in ["/", *(f"/{view.identity}/list" for view in VIEWS)]:
        await staff.get(path)


async def test_no_route_is_there_but_these(app):
    """sqladmin's own log-in, forms, exports and downloads are not."""
    routes = {
        (route.path, tuple(sorted(route.methods or ()))) if isinstance(route, Route) else (route.path, ())
        for route in site_of(app).admin.routes
        if isinstance(route, Route | Mount)
    }
    assert routes == {
        ("/", ("GET", "HEAD")),
        ("/login", ("GET", "HEAD", "POST")),
        ("/logout", ("POST",)),
        ("/{identity}/list", ("GET", "HEAD")),
        ("/{identity}/details/{pk:path}", ("GET", "HEAD")),
        ("/{identity}/details/{pk:int}/{action}", ("GET", "HEAD", "POST")),
        ("/statics", ()),
        ("/assets", ()),
    }


async def test_the_token_of_the_api_is_none_here_and_the_cookie_none_there(app, admin, staff):
    anybody = Staff(app)
    page = await anybody.client.get("/admin/", headers=admin.headers)
    assert page.status_code == 303
    problem(await staff.client.get("/api/v1/users/me"), 401, "not_authenticated")
    assert (await ok(admin.get("/users/me")))["role"] == Role.ADMIN


async def test_a_cookie_that_somebody_else_signed_is_none(app, admin, settings):
    forger = settings.model_copy(update={"secret_key": SecretStr("another-secret" * 3)})
    for signer, status in ((forger, 303), (settings, 200)):
        staff = Staff(app)
        staff.take(cookie_of(session_of(admin, settings), signer))
        await staff.get("/user/list", status)


async def test_actions_want_the_token_of_this_session(app, world, staff, settings):
    """A page of another site can send the form, but not what stands in it; nor does another admin's token do."""
    person = await world.person()
    path = f"/user/details/{person.id}/deactivate"
    other = logged_in(app, await world.person(role=Role.ADMIN), settings)
    fields = hidden_fields((await staff.get(path)).text)
    foreign = hidden_fields((await other.get(path)).text)["csrf_token"]
    for token in ({}, {"csrf_token": ""}, {"csrf_token": foreign}):
        sent = {"form_key": fields["form_key"], **token}
        answer = await staff.client.post(f"/admin{path}", data=sent)
        assert answer.status_code == 403
    assert (await person.get("/users/me")).status_code == 200
    await staff.send(path)
    assert (await person.get("/users/me")).status_code == 401


async def test_pages_allow_no_script_no_frame_and_no_other_host(staff):
    page = await staff.get("/")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "<script" not in page.text
    assert " style=" not in page.text
    assert page.headers["cache-control"] == "no-store"
    style = await staff.get("/assets/admin.css")
    assert "cache-control" not in style.headers


async def test_two_applications_do_not_share_their_pages(app, settings, database):
    """sqladmin keeps the site in the class of a view; the site makes classes of its own."""
    create_app(settings)
    site = site_of(app)
    assert {view.site for view in site.views} == {site}
    assert site.database is database
