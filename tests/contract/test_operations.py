"""Whatever anybody sends to any operation, the answer is one that the OpenAPI document describes.

Requests are generated from the document, valid ones and ones that are not. A run of the suite tries the same few
each time; `make fuzz` looks for new ones.
"""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.schemas import OpenApiSchema

from tests.architecture.routes import ROUTES
from tests.contract.exchange import AS_THEY_COME, Audience
from tests.support.fuzzing import examples

EXAMPLES = examples(4)
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


@pytest.mark.parametrize("route", ROUTES)
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), phases=AS_THEY_COME)
@given(data=st.data())
async def test_every_answer_is_one_of_the_document(
    documented: OpenApiSchema, audience: Audience, route: str, data: st.DataObject
) -> None:
    method, path = route.split()
    is_on_scene = data.draw(st.booleans())
    ids = audience.known_ids(route) if is_on_scene else {}
    mode = data.draw(st.sampled_from(MODES))
    requests = documented[path][method.lower()].as_strategy(generation_mode=mode, path_parameters=ids)
    request = data.draw(requests)
    if is_on_scene:
        audience.bring_to_the_scene(request)
    await audience.judge(request)
