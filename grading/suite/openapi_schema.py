"""Look up what the suite needs in an app's /openapi.json, which is a student's and may have any shape."""

from __future__ import annotations

from typing import Any

_MOST = 20  # references in a row that are followed; more are a cycle


def operation(document: object, path: str) -> object:
    """Return the description of POST `path`, or None."""
    return resolve(document, document, "paths", path, "post")


def answer_schema(document: object, path: str) -> object:
    """Return the schema of the JSON that POST `path` answers with 200, also where all of 2XX are described; or None."""
    answers = resolve(document, operation(document, path), "responses")
    found = (json_schema(document, resolve(document, answers, status)) for status in ("200", "2XX"))
    return next((schema for schema in found if schema is not None), None)


def resolve(document: object, node: object, *keys: str) -> object:
    """Walk down from `node` by keys, resolving each `$ref` on the way. Returns None if a key is missing."""
    node = _follow(document, node)
    for key in keys:
        node = _follow(document, node.get(key)) if isinstance(node, dict) else None
    return node


def json_schema(document: object, node: object) -> object:
    """Return the schema of the JSON that a request body or a response has, or None."""
    content = resolve(document, node, "content")
    for media_type, described in content.items() if isinstance(content, dict) else ():
        if str(media_type).partition(";")[0].strip().lower() == "application/json":
            return resolve(document, described, "schema")
    return None


def is_required_string(document: object, schema: object, name: str) -> bool:
    """Whether the object schema, or a part of its allOf/anyOf/oneOf, has `name` as a required string."""
    return name in required_strings(document, schema)


def required_strings(document: object, schema: object) -> set[str]:
    """Return the required properties that are strings, of the object schema or of parts of its allOf/anyOf/oneOf."""
    parts = _parts(document, schema)
    lists = [part["required"] for part in parts if isinstance(part.get("required"), list)]
    return {
        name
        for names in lists
        for name in names
        if isinstance(name, str)
        and any(_is_string(document, resolve(document, part, "properties", name)) for part in parts)
    }


def _is_string(document: object, schema: object) -> bool:
    return any(kind.get("type") in ("string", ["string"]) for kind in _parts(document, schema))


def _parts(document: object, schema: object) -> list[dict[str, Any]]:
    """Return the schema and all that its allOf, anyOf and oneOf combine, each once."""
    found: dict[int, dict[str, Any]] = {}
    waiting = [schema]
    while waiting:
        part = _follow(document, waiting.pop())
        if isinstance(part, dict) and id(part) not in found:
            found[id(part)] = part
            lists = (part.get(key) for key in ("allOf", "anyOf", "oneOf"))
            waiting += [each for parts in lists if isinstance(parts, list) for each in parts]
    return list(found.values())


def _follow(document: object, node: object) -> object:
    for _ in range(_MOST):
        if not (isinstance(node, dict) and isinstance(node.get("$ref"), str)):
            return node
        target: object = document
        for key in node["$ref"].removeprefix("#/").split("/"):
            target = target.get(key.replace("~1", "/").replace("~0", "~")) if isinstance(target, dict) else None
        node = target
    return None
