"""Falcon over WSGI: a resource class, synchronous calls, error handlers."""

import os

import falcon
import litellm
import openai


class Generate:
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        body = req.get_media(default_when_empty=None)
        message = body.get("message") if isinstance(body, dict) else None
        if not isinstance(message, str) or not message.strip():
            raise falcon.HTTPUnprocessableEntity(title="a text is needed under message")
        if len(message) > 4000:
            raise falcon.HTTPUnprocessableEntity(title="message has more than 4000 characters")
        completion = litellm.completion(
            model=os.environ["LLM_MODEL"], messages=[{"role": "user", "content": message}], timeout=50
        )
        if not completion.choices or not completion.choices[0].message.content:
            raise falcon.HTTPBadGateway(title="the model sent no text")
        resp.media = {"response": completion.choices[0].message.content}


def content(name: str) -> dict:
    return {
        "application/json": {"schema": {"type": "object", "properties": {name: {"type": "string"}}, "required": [name]}}
    }


class Document:
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        responses = {"200": {"description": "text", "content": content("response")}}
        post = {"requestBody": {"required": True, "content": content("message")}, "responses": responses}
        resp.media = {
            "openapi": "3.1.0",
            "info": {"title": "F", "version": "1"},
            "paths": {"/generate": {"post": post}},
        }


def no_json(req, resp, error, params) -> None:
    resp.status, resp.media = 422, {"detail": "this is not JSON"}


def model_failed(req, resp, error, params) -> None:
    resp.media = {"detail": "the model failed"}
    match error:
        case litellm.Timeout():
            resp.status = falcon.HTTP_504
        case litellm.RateLimitError():
            resp.status = falcon.HTTP_429
        case litellm.ContextWindowExceededError():
            resp.status = falcon.HTTP_413
        case _:
            resp.status = falcon.HTTP_502


def as_detail(req: falcon.Request, resp: falcon.Response, error: falcon.HTTPError) -> None:
    resp.media = {"detail": error.title}


app = falcon.App()
app.add_route("/generate", Generate())
app.add_route("/openapi.json", Document())
app.set_error_serializer(as_detail)
app.add_error_handler(openai.APIError, model_failed)
app.add_error_handler(falcon.MediaMalformedError, no_json)
app.add_error_handler(falcon.HTTPUnsupportedMediaType, no_json)
