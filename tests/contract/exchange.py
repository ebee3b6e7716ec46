"""One generated request, sent by everybody, and what is asked of each answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

import httpx
import requests
from pydantic_core.core_schema import ErrorType
from schemathesis.checks import CHECKS
from schemathesis.core.failures import Failure
from schemathesis.generation import GenerationMode
from schemathesis.generation.case import Case
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.architecture.scene import PARAMETER, Scene, taken_back

ROLES = ("anonymous", "customer", "owner", "administrator")
# Not `ignored_auth` and `object_level_authorization`: tests/architecture has who may what, route by route. What
# `positive_data_acceptance` may ask is below: which rooms and times there are, the document can't say.
CHECKS_OF_AN_ANSWER: list[Any] = CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
        "negative_data_rejection",
        "missing_required_header",
        "unsupported_method",
        "allow_header_conformance",
    ]
)
# Pydantic's own refusals, all of which the document has to foresee. What validators of ours refuse it can't: fields
# that don't go together, a word that isn't the name of a zone. A text of spaces is empty once they are stripped; to
# JSON Schema 1.0 is an integer.
FORMAL = {*get_args(ErrorType)} - {"value_error", "string_too_short", "int_type"}
REQUEST_PARTS = {"method", "url", "headers", "files", "data", "params", "cookies", "json"}


class SchemaPromisesMoreError(Failure):
    """Data that the document allows, and that its validation refuses for its form."""


@dataclass(frozen=True)
class Audience:
    """Sends each request as all the roles, where who it is matters; what any of them changes is taken back."""

    scene: Scene
    connection: AsyncConnection

    def known_ids(self, route: str) -> dict[str, Any]:
        """Of the path: with ids that exist more is reached than 404."""
        return {
            parameter.strip("{}"): self.scene.ids[f"{segment}/{parameter}"]
            for segment, parameter in PARAMETER.findall(route)
            if f"{segment}/{parameter}" in self.scene.ids
        }

    async def judge(self, case: Case[Any]) -> None:
        for role in ROLES if "security" in case.operation.definition.raw else ROLES[:1]:
            async with taken_back(self.connection):
                answer = await self.ask(case, role)
                case.validate_response(
                    answer, checks=CHECKS_OF_AN_ANSWER, additional_checks=[_is_accepted_as_documented]
                )

    async def ask(self, case: Case[Any], role: str) -> httpx.Response:
        sent = case.as_transport_kwargs(base_url="http://test")
        request = requests.Request(**{name: sent[name] for name in REQUEST_PARTS & sent.keys()}).prepare()
        assert request.method
        assert request.url
        body: Any = request.body
        headers = [*_raw(request.headers), *_raw(self.scene.actor(role).headers)]
        return await self.scene.client.request(request.method, request.url, content=body, headers=headers)


def _raw(headers: Mapping[str, Any]) -> list[tuple[bytes, bytes]]:
    return [
        (name.encode("latin-1"), value if isinstance(value, bytes) else value.encode("latin-1"))
        for name, value in headers.items()
        if name.lower() not in {"content-length", "transfer-encoding"}
    ]


def _is_accepted_as_documented(_: Any, response: Any, case: Case[Any]) -> None:
    assert case.meta
    is_refused = response.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    if case.meta.generation.mode is not GenerationMode.POSITIVE or not is_refused:
        return
    formal = [
        f"{error['field']}: {error['message']}"
        for error in response.json().get("errors", [])
        if error["code"] in FORMAL
    ]
    if formal:
        raise SchemaPromisesMoreError(
            operation=case.operation.label,
            title="Allowed by the document, refused",
            message="\n".join(formal),
        )
