"""Prefect's server behind a guard, for Prefect itself checks neither ``Host`` nor ``Origin``.

    python -m deployments.guarded_server --port 4200 [--host 0.0.0.0 | --socket FD]

Imports nothing of this package but Prefect, so that Prefect's own image runs it, too. Settings come from the
environment: ``PREFECT_SERVER_API_AUTH_STRING``, the password, without which nothing is served;
``DISTILLERY_SERVER_HOSTS``, names beside those of the loopback interface that the server goes by, parted by commas;
``DISTILLERY_SIGN_IN``, a secret that a browser may exchange for the password, once.
"""

import argparse
import base64
import hmac
import os
import secrets
import socket
import sys
from urllib.parse import urlsplit

import uvicorn
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

OWN_HOSTS = ("127.0.0.1", "localhost", "[::1]")
SIGN_IN_PATH = "/sign-in"
LONGEST_SECRET = 200

# Prefect's UI keeps the password in the browser's storage, base64-encoded, under this name.
SIGN_IN_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Signing in</title>
<p id="told">Signing in …</p>
<script type="module" nonce="{nonce}">
const secret = location.hash.slice(1);
history.replaceState(null, "", location.pathname);
const answer = await fetch("{path}", {{method: "POST", body: secret}});
if (answer.ok) localStorage.setItem("prefect-password", await answer.text());
if (answer.ok || localStorage.getItem("prefect-password")) location.replace("/deployments");
else document.getElementById("told").textContent =
  "This address was used before; it serves once. Type the password at /login: it is in the file that was named where " +
  "the server was started.";
</script>
"""


class OwnPagesAlone:
    """Refuses what another site's page sends, by web socket as well: browsers name the page's origin, programs none."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it with 403."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is not None and _host_of(origin) != headers.get("host"):
            await PlainTextResponse("this server answers its own pages alone", 403)(scope, receive, send)
            return

        async def send_unframed(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["x-frame-options"] = "DENY"
            await send(message)

        await self._app(scope, receive, send_unframed)


class SignIn:
    """A page that hands the password to the browser that knows ``secret``, once.

    The secret stands in the address behind the ``#``: browsers send that part to no server, so that it is in no log.
    """

    def __init__(self, app: ASGIApp, secret: str, password: str) -> None:
        self._app = app
        self._secret: str | None = secret
        self._password = base64.b64encode(password.encode()).decode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the page and its question; pass everything else on."""
        if scope["type"] != "http" or scope["path"] != SIGN_IN_PATH:
            await self._app(scope, receive, send)
            return
        response = await self._exchange(Request(scope, receive)) if scope["method"] == "POST" else _page()
        response.headers.update({"cache-control": "no-store", "referrer-policy": "no-referrer"})
        await response(scope, receive, send)

    async def _exchange(self, request: Request) -> Response:
        given = b""
        async for part in request.stream():
            given += part
            if len(given) > LONGEST_SECRET:
                break
        if self._secret is None or not hmac.compare_digest(given, self._secret.encode()):
            return PlainTextResponse("unknown or used", 403)
        self._secret = None
        return PlainTextResponse(self._password)


def guarded(app: ASGIApp, hosts: list[str], secret: str | None, password: str) -> ASGIApp:
    """Return an application that answers its own hosts and pages alone."""
    inner = SignIn(app, secret, password) if secret else app
    return TrustedHostMiddleware(OwnPagesAlone(inner), allowed_hosts=[*OWN_HOSTS, *hosts], www_redirect=False)


def main() -> None:
    """Serve Prefect's API and UI until a signal ends it."""
    asked = _arguments()
    password = os.environ.get("PREFECT_SERVER_API_AUTH_STRING")
    if not password:
        sys.exit("PREFECT_SERVER_API_AUTH_STRING is not set: the server would be open to every page and account")
    hosts = [host.strip() for host in os.environ.get("DISTILLERY_SERVER_HOSTS", "").split(",") if host.strip()]
    secret = os.environ.pop("DISTILLERY_SIGN_IN", None)
    os.environ |= {
        "PREFECT_SERVER_CSRF_PROTECTION_ENABLED": "true",
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": f"http://127.0.0.1:{asked.port}",
        "PREFECT_UI_API_URL": "/api",
    }
    from prefect.server.api.server import create_app  # Prefect reads its settings when it is imported

    app = guarded(create_app(final=True), hosts, secret, password)
    settings = uvicorn.Config(app, host=asked.host, port=asked.port, log_level="warning")
    bound = [socket.socket(fileno=asked.socket)] if asked.socket is not None else None
    uvicorn.Server(settings).run(sockets=bound)


def _host_of(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


def _page() -> Response:
    nonce = secrets.token_urlsafe(16)
    policy = f"default-src 'none'; script-src 'nonce-{nonce}'; connect-src 'self'"
    page = SIGN_IN_PAGE.format(nonce=nonce, path=SIGN_IN_PATH)
    return HTMLResponse(page, headers={"content-security-policy": policy})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deployments.guarded_server")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--socket", type=int, help="a listening socket that this process inherits")
    return parser.parse_args()


if __name__ == "__main__":
    main()
