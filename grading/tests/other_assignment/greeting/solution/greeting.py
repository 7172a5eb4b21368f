import json
from urllib.parse import parse_qs


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    status = 200 if scope["path"] == "/greeting" else 404
    names = parse_qs(scope["query_string"].decode()).get("name")
    body = json.dumps({"greeting": f"Hello, {names[0]}!" if names else "Hello!"}).encode()
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": body})
