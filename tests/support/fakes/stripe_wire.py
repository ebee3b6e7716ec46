"""How Stripe's API writes what it takes and gives: forms with brackets, lists in pages, errors."""

import re
from typing import Any

from starlette.requests import Request

from tests.support.fakes.server import ProviderError

Thing = dict[str, Any]
_PART = re.compile(r"[^\[\]]+")


def require(is_right: bool, param: str, code: str = "parameter_invalid") -> None:  # noqa: FBT001
    if not is_right:
        error = {"type": "invalid_request_error", "code": code, "param": param, "message": f"{param}: {code}"}
        raise ProviderError(400, {"error": error})


def get(things: dict[str, Thing], request: Request) -> Thing:
    ref = request.path_params["id"]
    if ref not in things:
        error = {"type": "invalid_request_error", "code": "resource_missing", "message": f"No such: {ref}"}
        raise ProviderError(404, {"error": error})
    return things[ref]


def page(found: list[Thing], params: Thing, url: str) -> Thing:
    limit = int(params.get("limit", 10))
    if after := params.get("starting_after"):
        position = next(index for index, thing in enumerate(found) if thing["id"] == after)
        found = found[position + 1 :]
    return {"object": "list", "url": url, "data": found[:limit], "has_more": len(found) > limit}


def nested(pairs: list[tuple[str, str]]) -> Thing:
    """`a[b][0]=c` as `{"a": {"b": {"0": "c"}}}`."""
    params: Thing = {}
    for name, value in pairs:
        *path, last = _PART.findall(name)
        inner = params
        for part in path:
            inner = inner.setdefault(part, {})
        inner[last] = value
    return params
