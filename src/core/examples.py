"""What FastAPI leaves out of examples: it drops every null from the document, also one that has to be there."""

from typing import Any

_NULL = {"type": "null"}


def restore_nulls(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        for example in [schema["example"]] if "example" in schema else schema.get("examples", []):
            _complete(schema, example, schemas)


def _complete(schema: dict[str, Any], example: Any, schemas: dict[str, Any]) -> None:
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    for kind in schema.get("anyOf", []):
        _complete(kind, example, schemas)
    if isinstance(example, list):
        for item in example:
            _complete(schema.get("items", {}), item, schemas)
    elif isinstance(example, dict):
        fields = schema.get("properties", {})
        for name in schema.get("required", []):
            if name not in example and _NULL in fields[name].get("anyOf", []):
                example[name] = None
        for name, value in example.items():
            _complete(fields.get(name, {}), value, schemas)
