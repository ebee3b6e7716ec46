"""One generated request, sent by everybody, and what is asked of each answer."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, get_args

import httpx
import requests
from hypothesis import Phase
from pydantic_core.core_schema import ErrorType
from schemathesis.checks import CHECKS
from schemathesis.core.failures import Failure
from schemathesis.generation import GenerationMode
from schemathesis.generation.case import Case
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.architecture.routes import ROUTES
from tests.architecture.scene import PARAMETER, Scene, taken_back
from tests.factories.world import LONDON

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
# Hypothesis shrinks a failure for up to five minutes; a request is readable as it is.
AS_THEY_COME = (Phase.explicit, Phase.generate)
REQUEST_PARTS = {"method", "url", "headers", "files", "data", "params", "cookies", "json"}


class SchemaPromisesMoreError(Failure):
    """Data that the document allows, and that its validation refuses for its form."""


@dataclass(frozen=True)
class Audience:
    """Sends each request as all the roles, where who it is matters; what any of them changes is taken back."""

    scene: Scene
    connection: AsyncConnection
    answers: Counter[tuple[str, str, int]] = field(default_factory=Counter)

    def known_ids(self, route: str) -> dict[str, Any]:
        """Of the path: with ids that exist more is reached than 404."""
        return {
            parameter.strip("{}"): self.scene.ids[f"{segment}/{parameter}"]
            for segment, parameter in PARAMETER.findall(route)
            if f"{segment}/{parameter}" in self.scene.ids
        }

    def bring_to_the_scene(self, case: Case[Any]) -> None:
        """What a valid request names exists, and its times are hours of a day on which the studio is open."""
        assert case.meta
        if case.meta.generation.mode is GenerationMode.POSITIVE:
            case.query = self._of_the_scene(case.query)
            if isinstance(case.body, dict):
                case.body = self._of_the_scene(case.body)

    def _of_the_scene(self, value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: self._of_the_scene(part, key) for key, part in value.items()}
        if isinstance(value, list):
            of_one = name.removesuffix("s")
            return (
                [self.things[of_one]]
                if value and of_one in self.things
                else [*map(self._of_the_scene, value)]
            )
        if isinstance(value, str) and name in {"starts_at", "ends_at"}:
            return f"{self.open_day}T{value[11:13]}:00:00Z"
        return self.things.get(name, value) if isinstance(value, int) else value

    @property
    def open_day(self) -> str:
        """On the other day to come the studio is closed."""
        return str(self.scene.ids["a day for visits"])

    @cached_property
    def things(self) -> dict[str, int]:
        """What there is, by the fields that name it in bodies and queries."""
        named = {
            "address_id": "addresses/{address_id}",
            "booking_id": "bookings/{booking_id}",
            "company_id": "companies/{company_id}",
            "customer_id": "conversation/{customer_id}",
            "equipment_id": "equipment/{equipment_id}",
            "event_id": "events/{event_id}",
            "member_id": "team/{member_id}",
            "message_id": "a message",
            "other_booking_id": "another booking",
            "room_id": "rooms/{room_id}",
            "user_id": "users/{user_id}",
        }
        return {"city_id": LONDON} | {field: self.scene.ids[name] for field, name in named.items()}

    async def judge(self, case: Case[Any]) -> None:
        for role in ROLES if "security" in case.operation.definition.raw else ROLES[:1]:
            async with taken_back(self.connection):
                await self.check(case, role)

    async def check(self, case: Case[Any], role: str) -> None:
        case.validate_response(
            await self.ask(case, role),
            checks=CHECKS_OF_AN_ANSWER,
            additional_checks=[_is_accepted_as_documented],
            excluded_checks=_checks_not_meant_for(case),
        )

    async def create(self, route: str, role: str) -> dict[str, Any]:
        """By the matrix's request, as the role or as who may. Returns what links refer to.

        What can be there once only and is already, or was made too often, the links find by its known id.
        """
        on_open_day = replace(self.scene, ids={**self.scene.ids, "a day to come": self.open_day})
        known = {f"$request.path.{name}": there for name, there in self.known_ids(route).items()}
        for who in (role, "owner", "customer"):
            answer = await on_open_day.ask(route, ROUTES[route], self.scene.actor(who))
            if answer.status_code == httpx.codes.CREATED:
                return known | {"$response.body#/id": answer.json()["id"]}
        assert answer.status_code in {httpx.codes.CONFLICT, httpx.codes.TOO_MANY_REQUESTS}, answer.text
        return known

    async def ask(self, case: Case[Any], role: str) -> httpx.Response:
        sent = case.as_transport_kwargs(base_url="http://test")
        request = requests.Request(**{name: sent[name] for name in REQUEST_PARTS & sent.keys()}).prepare()
        assert request.method
        assert request.url
        body: Any = request.body
        headers = [*_raw(request.headers), *_raw(self.scene.actor(role).headers)]
        answer = await self.scene.client.request(request.method, request.url, content=body, headers=headers)
        self.answers[role, case.operation.label, int(answer.status_code)] += 1
        return answer


def _raw(headers: Mapping[str, Any]) -> list[tuple[bytes, bytes]]:
    return [
        (name.encode("latin-1"), value if isinstance(value, bytes) else value.encode("latin-1"))
        for name, value in headers.items()
        if name.lower() not in {"content-length", "transfer-encoding"}
    ]


def _checks_not_meant_for(case: Case[Any]) -> list[Any]:
    """That a busy machine isn't ready, or one whose outbox nobody empties, is the right answer."""
    is_readiness = case.operation.definition.raw["operationId"] == "get_readiness"
    return CHECKS.get_by_names(["not_a_server_error"]) if is_readiness else []


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
