"""OpenAPI links: what can be done next with what a POST has created."""

import re
from http import HTTPMethod, HTTPStatus
from typing import Any

_NEXT = re.compile(r"/{(\w+)}(/[\w\-]+)*")


def link_what_is_created(document: dict[str, Any]) -> None:
    """From each 201 with an `id` to every operation on that one thing: POST /rooms to PUT /rooms/{room_id}/prices."""
    for path, operations in document["paths"].items():
        created = (
            operations.get(HTTPMethod.POST.lower(), {}).get("responses", {}).get(str(HTTPStatus.CREATED))
        )
        if created is not None and _has_id(document, created):
            created["links"] = _links_from(path, document["paths"])


def _has_id(document: dict[str, Any], response: dict[str, Any]) -> bool:
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    return "id" in document["components"]["schemas"].get(name, {}).get("properties", {})


def _links_from(path: str, paths: dict[str, Any]) -> dict[str, Any]:
    known = {name: f"$request.path.{name}" for name in re.findall(r"{(\w+)}", path)}
    return {
        operation["operationId"]: {
            "operationId": operation["operationId"],
            "parameters": {**known, found[1]: "$response.body#/id"},
        }
        for further, operations in paths.items()
        if further.startswith(path + "/") and (found := _NEXT.fullmatch(further.removeprefix(path)))
        for operation in operations.values()
    }
