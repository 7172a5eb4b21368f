"""Who may use the page: whoever has the token, from the page itself, at a loopback name.

A page on the internet, open in the same browser, can send requests to this computer. So a request is refused whose Host
is not this server (DNS rebinding), that another origin's page makes (Origin, Sec-Fetch-Site), or that lacks the token.
The token comes once in the address, and then in a cookie that no script can read and no other site sends.
"""

from __future__ import annotations

import hmac
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
_NO_TOKEN = "This page needs the address that `grade ui` printed in the terminal: it ends in a token."
_ELSEWHERE = "This server answers its own page only, at the address that `grade ui` printed in the terminal."


class Guard:
    """Lets through what may use `app`, which listens on `port` of 127.0.0.1."""

    def __init__(self, app: ASGIApp, port: int, token: str) -> None:
        self._app = app
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self._token = token
        self._cookie = f"grade_ui_{port}"  # cookies are shared by all ports

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it with 403."""
        if scope["type"] != "http":  # the lifespan; websockets there are none
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        response = self._refusal(scope)
        await (response or self._app)(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope) -> Response | None:
        """Return the answer to a request that may not pass; None if it may."""
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        same = origin in (None, f"http://{host}") and headers.get("sec-fetch-site", "none") in ("none", "same-origin")
        if host not in self._hosts or not same:
            return PlainTextResponse(_ELSEWHERE, 403)
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[-1]
        if scope["path"] == "/" and self._is_token(given):
            response = RedirectResponse("/", 303)  # so that the token is in no history, bookmark or screenshot
            response.set_cookie(self._cookie, self._token, httponly=True, samesite="strict")
            return response
        if not self._is_token(cookie_parser(headers.get("cookie", "")).get(self._cookie, "")):
            return PlainTextResponse(_NO_TOKEN, 403)
        return None

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._token.encode())
