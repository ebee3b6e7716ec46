"""Operations one after the other, along the links of the document: something is created, and then worked with."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode
from schemathesis.generation.case import Case
from schemathesis.specs.openapi.schemas import OpenApiSchema

from tests.architecture.scene import UNKNOWN_ID, taken_back
from tests.contract.exchange import AS_THEY_COME, ROLES, Audience
from tests.support.fuzzing import examples

STORIES = examples(12)
STEPS = 5

Links = dict[str, dict[str, str]]


@settings(max_examples=STORIES, suppress_health_check=list(HealthCheck), phases=AS_THEY_COME)
@given(data=st.data())
async def test_what_is_created_can_be_worked_with(
    documented: OpenApiSchema, audience: Audience, data: st.DataObject
) -> None:
    """All roles have the same story: Hypothesis can repeat it, since nothing of it is drawn from an answer."""
    links_of = _links_of_creators(documented.raw_schema)
    creator = data.draw(st.sampled_from(sorted(links_of)))
    links = links_of[creator]
    names = [data.draw(st.sampled_from(sorted(links))) for _ in range(STEPS)]
    steps = [data.draw(_requests(documented, name, links[name])) for name in names]
    for request in steps:
        audience.bring_to_the_scene(request)
    for role in ROLES:
        async with taken_back(audience.connection):
            ids = await audience.create(creator, role)
            for name, request in zip(names, steps, strict=True):
                of_link = {part: ids[source] for part, source in links[name].items() if source in ids}
                known = audience.known_ids(request.operation.label)
                request.path_parameters = {**request.path_parameters, **known, **of_link}
                await audience.check(request, role)


def _links_of_creators(document: dict[str, Any]) -> dict[str, Links]:
    """By the route that creates: the operations that are linked to it, and from where their ids come."""
    created = {
        f"POST {path}": operations["post"]["responses"].get("201", {}).get("links")
        for path, operations in document["paths"].items()
        if "post" in operations
    }
    return {
        route: {name: link["parameters"] for name, link in links.items()}
        for route, links in created.items()
        if links
    }


def _requests(
    documented: OpenApiSchema, operation_id: str, parameters: dict[str, str]
) -> st.SearchStrategy[Case[Any]]:
    return documented.find_operation_by_id(operation_id).as_strategy(
        generation_mode=GenerationMode.POSITIVE, path_parameters=dict.fromkeys(parameters, UNKNOWN_ID)
    )
