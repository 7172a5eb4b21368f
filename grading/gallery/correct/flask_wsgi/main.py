"""The solution's steps 1 to 8 with Flask: a WSGI app, whose functions run in threads."""

import os

import litellm
import openai
from flask import Flask, abort, jsonify, request
from werkzeug.exceptions import HTTPException

MODEL = os.environ.get("LLM_MODEL", "llamafile/smollm2")
FAILURES = [
    (litellm.Timeout, 504, "The model did not answer in time. Please try again."),
    (litellm.RateLimitError, 429, "The model takes no more requests for now. Please try again later."),
    (litellm.ContextWindowExceededError, 413, "The message is too long for the model."),
]

app = Flask(__name__)


def read_message() -> str:
    body = request.get_json(force=True, silent=True)  # None if it is no JSON, whatever its media type
    message = body.get("message") if isinstance(body, dict) else None
    if not isinstance(message, str):
        abort(422, "The body must be a JSON object with the text message.")
    if not message.strip():
        abort(422, "message must not be blank.")
    if len(message) > 4_000:
        abort(422, "message must have at most 4,000 characters.")
    return message


@app.post("/generate")
def generate():
    completion = litellm.completion(
        model=MODEL,
        messages=[{"role": "user", "content": read_message()}],
        timeout=30,
    )
    if not completion.choices or not completion.choices[0].message.content:
        abort(502, "The model gave no answer. Please try again later.")
    return jsonify(response=completion.choices[0].message.content)


@app.errorhandler(openai.APIError)
def answer_failure(error):
    for kind, status, detail in FAILURES:
        if isinstance(error, kind):
            return jsonify(detail=detail), status
    return jsonify(detail="The model could not answer. Please try again later."), 502


@app.errorhandler(HTTPException)
def answer_in_json(error):
    answer = error.get_response()  # keeps headers, such as Allow of a 405
    answer.data = app.json.dumps({"detail": error.description})
    answer.content_type = "application/json"
    return answer


def an_object_with(name: str) -> dict:
    schema = {"type": "object", "properties": {name: {"type": "string"}}, "required": [name]}
    return {"application/json": {"schema": schema}}


@app.get("/openapi.json")
def openapi():
    generate = {
        "requestBody": {"required": True, "content": an_object_with("message")},
        "responses": {"200": {"description": "The model's text", "content": an_object_with("response")}},
    }
    return jsonify(openapi="3.1.0", info={"title": "Generate", "version": "1"}, paths={"/generate": {"post": generate}})
