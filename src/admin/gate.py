"""Nobody gets past it who isn't an administrator of the platform at this very request."""

from http import HTTPStatus
from typing import Final

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from src.admin.session import PATH, StaffSession
from src.auth import service as auth
from src.core.config import Settings
from src.core.database import Database
from src.core.identity import Principal

LOG_IN_PATH: Final = f"{PATH}/login"
ASSET_PATHS: Final = (f"{PATH}/statics/", f"{PATH}/assets/")
# No script at all, and nothing from another host: what a stranger smuggles into a name stays text.
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:;"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}


class Gate:
    """Stands before every page: one that is forgotten in a list of protected ones can't be open by that.

    Leaves `staff` (a `StaffSession`) and `principal` in the request's state.
    """

    def __init__(self, app: ASGIApp, outer: FastAPI) -> None:
        self._app = app
        self._outer = outer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                if not scope["path"].startswith(ASSET_PATHS):
                    headers["Cache-Control"] = "no-store"
            await send(message)

        if scope["path"].startswith(ASSET_PATHS):
            await self._app(scope, receive, send_with_headers)
            return
        request = Request(scope)
        settings: Settings = self._outer.state.settings
        request.state.staff = StaffSession.recall(request, settings)
        request.state.principal = await self._identify(request.state.staff)
        if request.state.principal is None and scope["path"] != LOG_IN_PATH:
            await _turn_away(request, settings)(scope, receive, send_with_headers)
            return
        await self._app(scope, receive, send_with_headers)

    async def _identify(self, staff: StaffSession) -> Principal | None:
        if staff.user_id is None or staff.session_id is None:
            return None
        database: Database = self._outer.state.database
        principal = await auth.identify(database, user_id=staff.user_id, session_id=staff.session_id)
        return principal if principal is not None and principal.is_admin else None


def _turn_away(request: Request, settings: Settings) -> Response:
    response: Response = RedirectResponse(LOG_IN_PATH, HTTPStatus.SEE_OTHER)
    if request.method != "GET":
        response = PlainTextResponse("Log in first.", HTTPStatus.FORBIDDEN)
    StaffSession.begin().remember(response, settings)
    return response
