"""Finding a route costs the same however many there are."""

from starlette.routing import BaseRoute, Match, Router
from starlette.types import ASGIApp, Receive, Scope, Send

API_PREFIX = "/api/v1"
_DOMAIN = 3  # where the domain stands in "/api/v1/rooms/7".split("/")


class RouteIndex:
    """Looks only at the routes that share the path's segment behind `/api/v1`.

    FastAPI tries one route after the other. What isn't found here (another method, no such path, a page outside of
    the API) goes the usual way.
    """

    def __init__(self, routes: list[BaseRoute], otherwise: ASGIApp) -> None:
        self._otherwise = otherwise
        self._routes: dict[str, list[BaseRoute]] = {}
        for route in routes:
            path: str = getattr(route, "path", "")
            if path.startswith(API_PREFIX + "/"):
                self._routes.setdefault(path.split("/")[_DOMAIN], []).append(route)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            for route in self._candidates(scope["path"]):
                match, child = route.matches(scope)
                if match == Match.FULL:
                    scope.update(child)
                    await route.handle(scope, receive, send)
                    return
        await self._otherwise(scope, receive, send)

    def _candidates(self, path: str) -> list[BaseRoute]:
        segments = path.split("/", _DOMAIN + 1)
        return self._routes.get(segments[_DOMAIN], []) if len(segments) > _DOMAIN else []


def index_routes(router: Router) -> None:
    """To be called when all routes are there."""
    router.middleware_stack = RouteIndex(list(router.routes), router.middleware_stack)
