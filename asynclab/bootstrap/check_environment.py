"""What a bare Python can tell of the course's environment: is it whole, and if not, where would it come from?"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from asynclab.bootstrap import environment, find_pip, install, troubles, wheels
from asynclab.bootstrap.environment import Environment
from asynclab.bootstrap.finding import Finding, ok, problem, warning
from asynclab.paths import CHECKOUT
from asynclab.problems import Problem

ANEW = "Run python3 -m asynclab clean --environment, and start the lab: it makes the environment anew."


def own_environment() -> Environment:
    return Environment(CHECKOUT / ".venv")


def usable_python(own: Environment) -> Path | None:
    """The Python that the course's commands would run in without installing anything, as `bootstrap.ensure` has it."""
    if own.is_current():
        return own.python
    if not own.is_running() and environment.has_packages(CHECKOUT / "pyproject.toml"):
        return Path(sys.executable)
    return None


def environments(own: Environment, usable: Path | None) -> list[Finding]:
    """The environment, its packages, and where lacking ones would come from."""
    if usable is not None and usable != own.python:
        return [ok("environment", f"{sys.prefix}, where all that the course needs is installed", folder=sys.prefix),
                _packages(usable, exactly=False)]  # fmt: skip
    if usable is not None:
        return [ok("environment", str(own.folder), folder=str(own.folder)), _packages(usable, exactly=True, own=own)]
    state = _unfinished(own)
    if not install.can_make_environments() and not os.access(own.python, os.X_OK):
        told = troubles.no_venv()
        return [problem("environment", f"{state}; {_seen(told)}", told.todo), _source(own)]
    does = "brings it up to date" if own.stamp.exists() else "makes it"
    todo = f"The first start {does} by itself: python3 -m asynclab lab"
    return [warning("environment", state, todo, folder=str(own.folder)), _source(own)]


def _unfinished(own: Environment) -> str:
    if not own.folder.exists():
        return "not made yet"
    try:
        stamp = json.loads(own.stamp.read_text("utf-8"))
        if stamp["requirements"] != environment.fingerprint(CHECKOUT / "requirements.txt"):
            return "made for other requirements than this version's of the course"
        if not os.access(own.python, os.X_OK) or stamp["python"] != os.path.realpath(own.python):
            return "the Python that it was made from is gone"
        there = set(os.listdir(own.folder / stamp["site_packages"]))
        gone = [name.removesuffix(".dist-info") for name in stamp["packages"] if name not in there]
        return f"packages are gone from it: {_some(gone)}"
    except (OSError, ValueError, KeyError, TypeError):
        return "begun, and not finished"


def _packages(executable: Path, exactly: bool, own: Environment | None = None) -> Finding:
    script = Path(__file__).with_name("packages.py")
    done = subprocess.run(
        [executable, "-I", script, CHECKOUT / "requirements.txt"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        return problem("packages", f"the environment's Python does not work: {last}", ANEW)
    found = json.loads(done.stdout)
    other = [f"{name} {there} (not {wanted})" for name, wanted, there in found["other"]]
    facts: dict[str, Any] = {"wanted": found["wanted"], "missing": found["missing"], "other": found["other"]}
    if not exactly:
        seen = "all that the course needs"
        if other:
            seen += f"; {len(other)} in other versions than it is tested with: {_some(other)}"
        return ok("packages", seen, **facts)
    assert own is not None
    damaged = install.damaged(own.site_packages)
    if damaged:
        return problem("packages", f"files are missing of {_some(damaged)}", ANEW)
    if found["missing"]:
        return problem("packages", f"missing: {_some(found['missing'])}", ANEW, **facts)
    if other:
        return warning(
            "packages", f"in other versions than the course is tested with: {_some(other)}",
            ANEW, **facts)  # fmt: skip
    return ok("packages", f"all {found['wanted']}, in the versions of requirements.txt", **facts)


def _source(own: Environment) -> Finding:
    """Where the packages would come from: a folder of wheels, or the index that pip is set to."""
    try:
        folder = wheels.folder(CHECKOUT)
    except Problem as named:
        return problem("packages", _seen(named), named.todo)
    if folder is not None:
        seen, unfit = f"will come from the wheels in {folder}", wheels.unfit(folder, CHECKOUT)
        if unfit:
            todo = "Make that folder anew (python3 -m asynclab bundle); what lacks in it is asked of the network."
            return warning("packages", f"{seen}, which {unfit}", todo, source=str(folder))
        return ok("packages", seen, source=str(folder))
    command = find_pip.command(own)
    if command is None:
        return warning(
            "packages", "not installed; there is no pip to ask for them", "The environment brings one.", source=None
        )
    name, version = _largest(CHECKOUT / "requirements.txt")
    said = _ask([*command, "index", "versions", name, "--timeout", "10", "--retries", "0"])
    if re.search(rf"^Available versions:.*\b{re.escape(version)}(,|$)", said, re.M):
        return ok("packages", "not installed; the package index answers, set-up will download them", source="index")
    if troubles.UNTRUSTED.search(said):
        told = troubles.of_output("Asking for them", said, own.folder, own.log)
        return problem("packages", f"not installed. {_seen(told)}", told.todo, source=None)
    if "Available versions:" in said and not troubles.is_unreachable(said):
        why = f"and the package index that pip is set to has no {name} {version}"
    else:
        why = "and the package index can't be reached"
    return problem(
        "packages",
        f"not installed, {why}",
        "Connect to the network (behind a proxy set HTTPS_PROXY), or have somebody make a folder of wheels "
        f"(python3 -m asynclab bundle) and put it here as {wheels.place(CHECKOUT)}.",
        source=None,
    )


def _largest(requirements: Path) -> tuple[str, str]:
    """The package to ask for, with its version: JupyterLab where it is wanted."""
    pinned = dict(re.findall(r"^([\w.-]+)==([^\s;]+)", requirements.read_text("utf-8"), re.M))
    name = "jupyterlab" if "jupyterlab" in pinned else next(iter(pinned))
    return name, pinned[name]


def _ask(command: list[str]) -> str:
    """What pip answers; it is given a minute."""
    variables = install.environment_variables()
    try:
        done = subprocess.run(
            command, env=variables, capture_output=True, text=True, check=False, timeout=60, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        return "timed out"
    return done.stdout + done.stderr


def _seen(told: Problem) -> str:
    return told.what.rstrip(".")


def _some(names: list[str], most: int = 4) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
