"""What the suite reads of /openapi.json: any right document passes, no wrong one does, and none breaks the reader."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from fastapi import Body, FastAPI
from pydantic import BaseModel, Field, RootModel

from grading.suite.openapi_schema import is_required_string, json_schema, operation, resolve

TEXT = {"type": "object", "required": ["message"], "properties": {"message": {"type": "string"}}}


def documented(schema: object, **schemas: object) -> object:
    """Return a document whose POST /generate takes this body."""
    content = {"application/json": {"schema": schema}}
    return {
        "paths": {"/generate": {"post": {"requestBody": {"content": content}}}},
        "components": {"schemas": schemas},
    }


def has_message(document: object) -> bool:
    """Ask what step 2 asks."""
    body = json_schema(document, resolve(document, operation(document, "/generate"), "requestBody"))
    return is_required_string(document, body, "message")


class UserInput(BaseModel):
    message: str


class Limited(BaseModel):
    message: Annotated[str, Field(min_length=1, max_length=4000, pattern=r"\S")]


class Child(UserInput):
    tone: str = "kind"


class Wrapped(RootModel[UserInput]):
    pass


class Either(BaseModel):
    message: str | list[str]


class Defaulted(BaseModel):
    message: str = ""


class Number(BaseModel):
    message: int


class Other(BaseModel):
    text: str


def fastapi_document(kind: Any) -> object:
    def generate(body: object) -> None: ...

    app = FastAPI()
    generate.__annotations__["body"] = kind
    app.post("/generate")(generate)
    return app.openapi()


@pytest.mark.parametrize(
    "kind", [UserInput, Limited, Child, Wrapped, Either, UserInput | Limited, Annotated[UserInput, Body(embed=False)]]
)
def test_what_fastapi_documents_is_understood(kind: Any) -> None:
    assert has_message(fastapi_document(kind))


@pytest.mark.parametrize("kind", [Defaulted, Number, Other, dict[str, str], str])
def test_what_asks_for_something_else_is_not_taken(kind: Any) -> None:
    assert not has_message(fastapi_document(kind))


@pytest.mark.parametrize(
    "document",
    [
        documented({**TEXT, "properties": {"message": {"type": ["string"]}}}),
        documented({"allOf": [{"required": ["message"]}, {"properties": TEXT["properties"]}]}),
        documented(TEXT),
        documented({"$ref": "#/components/schemas/Text"}, Text=TEXT),
        documented({"$ref": "#/components/schemas/A"}, A={"$ref": "#/components/schemas/B"}, B=TEXT),
        documented({"$ref": "#/components/schemas/a~1b~0c"}, **{"a/b~c": TEXT}),
        documented({"allOf": [{"type": "object"}, {"$ref": "#/components/schemas/Text"}]}, Text=TEXT),
        documented({"oneOf": [{"type": "string"}, {"anyOf": [TEXT]}]}),
    ],
)
def test_documents_written_by_hand_are_understood(document: object) -> None:
    assert has_message(document)


A_CYCLE = {"$ref": "#/components/schemas/A"}
MANY_CYCLES = {"anyOf": [A_CYCLE] * 30, "allOf": [A_CYCLE] * 30, "oneOf": [A_CYCLE] * 30}
HOSTILE: list[object] = [
    None,
    [],
    "text",
    5,
    {},
    {"paths": None},
    {"paths": []},
    {"paths": {"/generate": "post"}},
    {"paths": {"/generate": {"post": {"requestBody": {"$ref": "#"}}}}},
    documented(None),
    documented({"$ref": 5}),
    documented({"$ref": ""}),
    documented({"$ref": "#/nowhere"}),
    documented({"$ref": "https://example.com/schema.json"}),
    documented({"required": "message", "properties": {"message": {"type": "string"}}}),
    documented({"required": [[], {}, None, "message"], "properties": []}),
    documented({"required": ["message"], "properties": {"message": {"type": ["string", "null"]}}}),
    documented({"anyOf": "TEXT", "allOf": None, "oneOf": [None, 5, []]}),
    documented(A_CYCLE, A=A_CYCLE),
    documented(A_CYCLE, A={"$ref": "#/components/schemas/B"}, B=A_CYCLE),
    documented(A_CYCLE, A=MANY_CYCLES),
    documented(TEXT | {"properties": {"message": A_CYCLE}}, A=MANY_CYCLES),
]


@pytest.mark.parametrize("document", HOSTILE, ids=range(len(HOSTILE)))
def test_no_document_breaks_the_reader(document: object) -> None:
    assert not has_message(document)


def test_a_very_deep_document_is_survived() -> None:
    schema: object = TEXT
    for _ in range(50_000):
        schema = {"anyOf": [schema]}
    assert has_message(documented(schema))


@pytest.mark.parametrize(
    ("media_type", "is_json"),
    [
        ("application/json; charset=utf-8", True),
        ("Application/JSON", True),
        ("application/json ;v=1", True),
        ("application/jsonlines", False),
        ("text/plain", False),
    ],
)
def test_parameters_of_the_media_type_are_free(media_type: str, is_json: bool) -> None:
    document = documented(TEXT)
    content = resolve(document, operation(document, "/generate"), "requestBody", "content")
    assert isinstance(content, dict)
    content[media_type] = content.pop("application/json")
    assert has_message(document) is is_json
