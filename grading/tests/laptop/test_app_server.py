"""What stands around the student's app when `grade serve` runs it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import uvicorn
from starlette.testclient import TestClient

from grading.laptop import app_server
from grading.tests.programs import HELLO, write

SERVED: list[uvicorn.Config] = []


class _Server:
    """In the place of uvicorn's: it only notes what it is to serve."""

    started = True

    def __init__(self, config: uvicorn.Config) -> None:
        SERVED.append(config)

    def run(self) -> None:
        """Serve nothing."""


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8000", 200),
        ("localhost", 200),
        ("rebinding.example", 400),
        ("127.0.0.1.rebinding.example", 400),
        ("localhost.rebinding.example:8000", 400),
    ],
)
def test_dns_rebinding_reaches_no_app(
    host: str, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.chdir(write(tmp_path, HELLO))
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "argv", ["app_server.py", "8000", "warning"])
    monkeypatch.setattr(uvicorn, "Server", _Server)
    monkeypatch.delitem(sys.modules, "main", raising=False)
    request.addfinalizer(lambda: sys.modules.pop("main", None))
    app_server.main()
    client = TestClient(SERVED.pop().loaded_app, base_url="http://127.0.0.1")
    assert client.get("/", headers={"Host": host}).status_code == status
