"""Finding a route costs the same however many there are."""

import re
from http import HTTPStatus
from itertools import groupby

from opentelemetry import trace
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match, Router
from starlette.types import ASGIApp, Receive, Scope, Send

API_PREFIX = "/api/v1"
_DOMAIN = 3  # where the domain stands in "/api/v1/rooms/7".split("/")
_PARAMETER = re.compile(r"{\w+}")


class RouteIndex:
    """Looks only at the routes that share the path's segment behind `/api/v1`.

    FastAPI tries one route after the other, in the order of their declaration. Here what is literal goes before what
    is a parameter: `/bookings/quote` is no booking, whatever the method. What isn't found here (no such path, a page
    outside of the API) goes the usual way.
    """

    def __init__(self, routes: list[BaseRoute], otherwise: ASGIApp) -> None:
        self._otherwise = otherwise
        self._routes: dict[str, list[list[BaseRoute]]] = {}
        ours = [route for route in routes if _path(route).startswith(API_PREFIX + "/")]
        for shape, resource in groupby(sorted(ours, key=_shape), key=_shape):
            self._routes.setdefault(shape[_DOMAIN][1], []).append(list(resource))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            for resource in self._candidates(scope["path"]):
                if (route := _choose(resource, scope)) is not None:
                    _name_trace(scope, route)
                    await route.handle(scope, receive, send)
                    return
        await self._otherwise(scope, receive, send)

    def _candidates(self, path: str) -> list[list[BaseRoute]]:
        segments = path.split("/", _DOMAIN + 1)
        return self._routes.get(segments[_DOMAIN], []) if len(segments) > _DOMAIN else []


def _name_trace(scope: Scope, route: BaseRoute) -> None:
    """As FastAPI names a request's span where it finds the route itself."""
    span = trace.get_current_span()
    if span.is_recording():
        path: str = route.path  # type: ignore[attr-defined]
        span.set_attribute("http.route", path)
        span.update_name(f"{scope['method']} {path}")


def _choose(resource: list[BaseRoute], scope: Scope) -> BaseRoute | None:
    """The route of the method. Raises 405 where the path is of others only, whose methods `Allow` tells."""
    others: set[str] = set()
    for route in resource:
        match, child = route.matches(scope)
        if match == Match.FULL:
            scope.update(child)
            return route
        if match == Match.PARTIAL:
            others |= getattr(route, "methods", set())
    if others:
        raise HTTPException(HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": ", ".join(sorted(others))})
    return None


def _path(route: BaseRoute) -> str:
    path: str = getattr(route, "path", "")
    return path


def _shape(route: BaseRoute) -> list[tuple[bool, str]]:
    """What the names of parameters don't matter for; sorts a literal segment before one with a parameter."""
    return [("{" in segment, _PARAMETER.sub("{}", segment)) for segment in _path(route).split("/")]


def index_routes(router: Router) -> None:
    """To be called when all routes are there."""
    router.middleware_stack = RouteIndex(list(router.routes), router.middleware_stack)
