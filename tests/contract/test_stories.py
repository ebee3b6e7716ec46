"""Operations one after the other, along the links of the document: what one answer creates the next request uses."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import hypothesis
from hypothesis import HealthCheck
from schemathesis.core.transport import Response
from schemathesis.generation.case import Case
from schemathesis.specs.openapi.schemas import OpenApiSchema

from tests.contract.exchange import CHECKS_OF_AN_ANSWER, Audience

STORIES = hypothesis.settings().max_examples // 10
STEPS = 6
# Ends the session of whoever tells the story.
FAREWELLS = ["logout", "logout_all", "revoke_session", "change_password", "delete_my_account"]

T = TypeVar("T")


async def test_what_is_created_can_be_worked_with(documented: OpenApiSchema, audience: Audience) -> None:
    """The machine is synchronous: it runs in a thread of its own, its requests in the loop of the database."""
    loop = asyncio.get_running_loop()

    def wait(done: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(done, loop).result()

    class Story(documented.exclude(operation_id=FAREWELLS).as_state_machine()):  # type: ignore[misc]
        def setup(self) -> None:
            self.savepoint = wait(begin())

        def teardown(self) -> None:
            wait(self.savepoint.rollback())

        def call(self, case: Case[Any], **_: Any) -> Response:
            return Response.from_any(wait(audience.ask(case, "owner")))

        def validate_response(self, response: Response, case: Case[Any], **_: Any) -> None:
            case.validate_response(response, checks=CHECKS_OF_AN_ANSWER)

    async def begin() -> Any:
        return await audience.connection.begin_nested()

    settings = hypothesis.settings(
        max_examples=STORIES, stateful_step_count=STEPS, suppress_health_check=list(HealthCheck)
    )
    await asyncio.to_thread(Story.run, settings=settings)
