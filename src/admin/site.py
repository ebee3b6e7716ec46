"""The pages at `/admin`: sqladmin's lists and details, read only; log-in, actions and dashboard are our own."""

from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, cast

from fastapi import FastAPI
from sqladmin import Admin
from sqladmin.models import ModelViewMeta
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from src.admin.actions import Action, Order, perform
from src.admin.dashboard import service as dashboard
from src.admin.forms import new_form_key, read_form
from src.admin.gate import LOG_IN_PATH, Gate
from src.admin.session import PATH, StaffSession
from src.admin.views import VIEWS
from src.admin.views.base import ReadOnlyView
from src.auth import service as auth
from src.auth.dependencies import get_client
from src.auth.limits import Action as Limited
from src.auth.limits import AuthLimits
from src.core.clock import utc_now
from src.core.config import Settings
from src.core.database import Database
from src.core.errors import ProblemError
from src.core.identity import Role

TEMPLATES: Final = Path(__file__).parents[2] / "templates" / "admin"
ASSETS: Final = Path(__file__).parent / "statics"
# Of sqladmin's routes these alone: the others write past our services, or send files.
KEPT_ROUTES: Final = {"statics", "list", "details"}


def mount_admin(app: FastAPI) -> None:
    """After `app.state` has its settings; the database is asked for at each request."""
    Site(app)


class Site(Admin):
    def __init__(self, outer: FastAPI) -> None:
        super().__init__(
            outer,
            session_maker=async_sessionmaker(),
            base_url=PATH,
            title="Downbeat",
            templates_dir=str(TEMPLATES),
            middlewares=[Middleware(Gate, outer=outer)],
        )
        self.outer = outer
        kept = [route for route in self.admin.router.routes if getattr(route, "name", "") in KEPT_ROUTES]
        self.admin.router.routes = [
            Route("/", self.index, name="index"),
            Route("/login", self.log_in, name="login", methods=["GET", "POST"]),
            Route("/logout", self.log_out, name="logout", methods=["POST"]),
            Route("/{identity}/details/{pk:int}/{action}", self.act, name="act", methods=["GET", "POST"]),
            Mount("/assets", StaticFiles(directory=ASSETS), name="assets"),
            *kept,
        ]
        for view in VIEWS:
            self.add_view(self._own(view))

    def _own(self, view: type[ReadOnlyView]) -> type[ReadOnlyView]:
        """sqladmin ties a class to its site; two applications in one process must not share it."""
        members = {"name": view.name, "name_plural": view.name_plural, "site": self}
        return cast("type[ReadOnlyView]", ModelViewMeta(view.__name__, (view,), members, model=view.model))

    @property
    def settings(self) -> Settings:
        return cast("Settings", self.outer.state.settings)

    @property
    def database(self) -> Database:
        return cast("Database", self.outer.state.database)

    async def index(self, request: Request) -> Response:
        async with self.database.reading() as session:
            board = await dashboard.draw_up(session, today=utc_now().date())
        return await self._page(request, "dashboard.html", {"title": "Dashboard", "board": board})

    async def list(self, request: Request) -> Response:
        return self._with_cookie(request, await super().list(request))

    async def details(self, request: Request) -> Response:
        if not request.path_params["pk"].isdecimal():
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return self._with_cookie(request, await super().details(request))

    async def log_in(self, request: Request) -> Response:
        if request.method == "GET":
            return await self._page(request, "login.html", {"title": "Log in"})
        try:
            form = await read_form(request)
            return await self._begin_session(request, form)
        except ProblemError as error:
            context = {"title": "Log in", "error": error.message}
            response = await self._page(request, "login.html", context, int(error.status))
            response.headers.update(error.headers)
            return response

    async def _begin_session(self, request: Request, form: Mapping[str, str]) -> Response:
        """As the API's log-in, with its limits; only administrators get through, others as if unknown."""
        email, client = form.get("email", ""), await get_client(request)
        limits = AuthLimits(self.outer.state.limiter, self.settings, client.ip)
        await limits.spend(Limited.LOG_IN, account=email)
        async with self.database.transaction() as session:
            issued = await auth.log_in(
                session,
                database=self.database,
                email=email,
                password=form.get("password", ""),
                client=client,
                settings=self.settings,
                now=utc_now(),
                required_role=Role.ADMIN,
            )
            await self._end_session(request, session)
        await limits.restore(Limited.LOG_IN, account=email)
        request.state.staff = StaffSession.begin(user_id=issued.user.id, session_id=issued.session_id)
        return self._redirect(request, f"{PATH}/")

    async def log_out(self, request: Request) -> Response:
        await read_form(request)
        async with self.database.transaction() as session:
            await self._end_session(request, session)
        request.state.staff = StaffSession.begin()
        return self._redirect(request, LOG_IN_PATH)

    async def _end_session(self, request: Request, session: AsyncSession) -> None:
        if request.state.principal is not None:
            await auth.log_out(session, session_id=request.state.principal.session_id, now=utc_now())

    async def act(self, request: Request) -> Response:
        """Asks first, then does it once; a refusal is shown where it was asked."""
        view, action = self._find_action(request)
        row = await view.find_row(request.path_params["pk"])
        if row is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        context = {
            "title": action.label,
            "view": view,
            "row": row,
            "action": action,
            "form_key": new_form_key(),
            "form": {},
        }
        if request.method == "GET":
            return await self._page(request, "action.html", context)
        try:
            context["form"] = form = await read_form(request)
            order = Order(request.state.principal, row, form, utc_now())
            await perform(self.database, action, order, subject=view.identity)
        except ProblemError as error:
            return await self._page(
                request, "action.html", context | {"error": error.message}, int(error.status)
            )
        request.state.staff.notice = f"{action.label}: done."
        return self._redirect(request, f"{PATH}/{view.identity}/details/{row.id}")

    def _find_action(self, request: Request) -> tuple[ReadOnlyView, Action]:
        view = cast("ReadOnlyView", self._find_model_view(request.path_params["identity"]))
        for action in view.actions:
            if action.name == request.path_params["action"]:
                return view, action
        raise HTTPException(HTTPStatus.NOT_FOUND)

    async def _page(
        self, request: Request, template: str, context: dict[str, Any], status: int = HTTPStatus.OK
    ) -> Response:
        response = await self.templates.TemplateResponse(request, template, context, status_code=status)
        return self._with_cookie(request, response)

    def _redirect(self, request: Request, path: str) -> Response:
        response = RedirectResponse(path, HTTPStatus.SEE_OTHER)
        request.state.staff.remember(response, self.settings)
        return response

    def _with_cookie(self, request: Request, response: Response) -> Response:
        """Of a page: it has shown what there was to say."""
        request.state.staff.notice = ""
        request.state.staff.remember(response, self.settings)
        return response
