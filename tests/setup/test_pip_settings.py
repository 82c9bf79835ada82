"""What pip is set to, told to uv: the same index, folders, certificate and proxy, or plain pip instead."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from asynclab.bootstrap.pip_settings import ForUv, for_uv, read


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, ForUv()),
        ({"disable-pip-version-check": "1", "user": "true", "retries": "5"}, ForUv()),
        ({"index-url": "https://u:secret@a/simple"}, ForUv([], {"UV_DEFAULT_INDEX": "https://u:secret@a/simple"})),
        (
            {"extra-index-url": "\nfile:///one\nhttps://two/simple"},
            ForUv([], {"UV_INDEX": "file:///one https://two/simple", "UV_INDEX_STRATEGY": "unsafe-best-match"}),
        ),
        ({"find-links": "/a file:///b"}, ForUv(["--find-links", "/a", "--find-links", "file:///b"])),
        ({"no-index": "1"}, ForUv(["--no-index"])),
        ({"no-index": "false"}, ForUv()),
        ({"cert": "/c.pem", "timeout": "15.5"}, ForUv([], {"SSL_CERT_FILE": "/c.pem", "UV_HTTP_TIMEOUT": "15"})),
        ({"trusted-host": "a b:80"}, ForUv([], {"UV_INSECURE_HOST": "a b:80"})),
        (
            {"proxy": "http://p:1"},
            ForUv([], {"ALL_PROXY": "http://p:1", "HTTPS_PROXY": "http://p:1", "HTTP_PROXY": "http://p:1"}),
        ),
        ({"no-binary": "a,b"}, ForUv(["--no-binary", "a", "--no-binary", "b"])),
        ({"constraint": "c.txt"}, None),  # nothing to say it with: plain pip
        ({"a-setting-of-tomorrow": "1"}, None),
    ],
)
def test_each_setting(settings: dict[str, str], expected: ForUv | None) -> None:
    assert for_uv(settings, {}) == expected


def test_what_the_user_told_uv_itself_wins() -> None:
    settings = {"index-url": "https://pips/simple", "find-links": "/f", "cert": "/pips.pem"}
    found = for_uv(settings, {"UV_DEFAULT_INDEX": "https://uvs/simple", "SSL_CERT_FILE": "/own.pem"})
    assert found == ForUv()


def test_pips_own_order_of_files_and_variables(tmp_path: Path) -> None:
    config = tmp_path / "pip.conf"
    config.write_text(
        "[global]\nindex-url = https://file/simple\nfind-links = /global\n[install]\nfind-links =\n /a\n /b\n"
    )
    variables = {"PIP_CONFIG_FILE": str(config), "PIP_INDEX_URL": "https://variable/simple", "HOME": str(tmp_path)}
    pip = [sys.executable, "-m", "pip"]
    if not read(pip, variables):
        pytest.skip("no pip in this environment")
    found = read(pip, variables)
    assert found["index-url"] == "https://variable/simple"
    assert found["find-links"].split() == ["/a", "/b"]
