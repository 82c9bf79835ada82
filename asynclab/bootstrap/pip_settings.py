"""The user's pip settings, told to uv, which reads none of pip's files and variables.

Where pip finds packages (index, extra indexes, folders with wheels), which certificate and proxy it
takes: a machine that is set up for pip must work with uv too. A setting that can't be told to uv makes
`for_uv` return None, and plain pip is taken instead.
"""

from __future__ import annotations

import ast
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

# Settings that change nothing about what is installed and from where.
HARMLESS = {
    "break-system-packages", "build", "cache-dir", "compile", "config-file", "debug", "disable-pip-version-check",
    "exists-action", "format", "isolated", "log", "no-build-isolation", "no-cache-dir", "no-color", "no-compile",
    "no-input", "no-python-version-warning", "no-warn-conflicts", "no-warn-script-location", "prefer-binary",
    "progress-bar", "quiet", "require-virtualenv", "retries", "root-user-action", "src", "upgrade-strategy",
    "use-feature", "use-pep517", "user", "verbose",
}  # fmt: skip
OWN_INDEX = ("UV_INDEX", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_NO_INDEX",
             "UV_CONFIG_FILE", "UV_OFFLINE")  # fmt: skip


@dataclass(frozen=True)
class ForUv:
    """What to add to uv's command line and environment. Addresses may hold passwords: they go by
    environment, where other users of the machine don't see them."""

    options: list[str] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)


def read(pip: Sequence[str], variables: Mapping[str, str]) -> dict[str, str]:
    """What pip itself takes its settings to be, option to value, for `pip install`."""
    done = subprocess.run(
        [*pip, "config", "list"], env=variables, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    found: dict[str, dict[str, str]] = {}
    for line in done.stdout.splitlines():
        key, _, value = line.partition("=")
        section, _, name = key.rpartition(".")
        try:
            found.setdefault(section, {})[name.replace("_", "-")] = str(ast.literal_eval(value))
        except (SyntaxError, ValueError):
            continue  # not a setting
    return {**found.get("global", {}), **found.get("install", {}), **found.get(":env:", {})}


def for_uv(settings: Mapping[str, str], environ: Mapping[str, str] = os.environ) -> ForUv | None:
    """The same for uv, or None when one of them can't be said to it."""
    options: list[str] = []
    variables: dict[str, str] = {}
    own = any(environ.get(name) for name in OWN_INDEX)  # the user has told uv where to look: leave it be
    for name, value in settings.items():
        if name in HARMLESS or not value.strip():
            continue
        if name in ("index-url", "i", "pypi-url"):
            variables["UV_DEFAULT_INDEX"] = value.strip()
        elif name == "extra-index-url":
            # pip takes the best version wherever it lies; uv would stop at the first index that has the name
            variables["UV_INDEX"] = " ".join(value.split())
            variables["UV_INDEX_STRATEGY"] = "unsafe-best-match"
        elif name == "find-links":
            options += [word for place in value.split() for word in ("--find-links", place)]
        elif name == "no-index":
            options += ["--no-index"] if _is_true(value) else []
        elif name == "cert":
            variables["SSL_CERT_FILE"] = value
        elif name == "client-cert":
            variables["SSL_CLIENT_CERT"] = value
        elif name == "trusted-host":
            variables["UV_INSECURE_HOST"] = " ".join(value.split())
        elif name == "proxy":
            variables["ALL_PROXY"] = variables["HTTPS_PROXY"] = variables["HTTP_PROXY"] = value
        elif name in ("timeout", "default-timeout"):
            variables["UV_HTTP_TIMEOUT"] = value.partition(".")[0]
        elif name == "keyring-provider":
            variables["UV_KEYRING_PROVIDER"] = "subprocess" if value == "subprocess" else "disabled"
        elif name == "no-binary":
            options += [word for package in value.replace(",", " ").split() for word in ("--no-binary", package)]
        elif name == "only-binary":
            options += [word for package in value.replace(",", " ").split() for word in ("--only-binary", package)]
        elif name == "pre":
            options += ["--prerelease", "allow"] if _is_true(value) else []
        else:
            return None
    if own:
        options = []
        for name in ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_STRATEGY"):
            variables.pop(name, None)
    return ForUv(options, {name: value for name, value in variables.items() if not environ.get(name)})


def _is_true(value: str) -> bool:
    return value.strip().lower() in ("1", "y", "yes", "t", "true", "on")
