"""A folder of wheels: how `bundle` makes it, and set-up from it with the network off."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from asynclab.bootstrap import bundle, wheels
from asynclab.bootstrap.bundle import Target
from asynclab.bootstrap.packages import compare, wanted
from asynclab.paths import CHECKOUT
from asynclab.problems import Problem
from tests.setup import tiny
from tests.setup.labs import command
from tests.setup.tiny import OFFLINE, Checkout, Tiny

NOBODY = "http://127.0.0.1:9/simple"  # an index that isn't there


def offline(course: Tiny) -> None:
    """No network; where namespaces are not to be had, no index at least."""
    course.places = None
    course.more["PIP_INDEX_URL"] = NOBODY
    if subprocess.run([*OFFLINE, "true"], check=False, capture_output=True).returncode == 0:
        course.prefix = OFFLINE


@pytest.mark.slow
def test_gathered_with_a_network_installed_without(checkout: Checkout) -> None:
    course = checkout("Kürs mit Leerzeichen")
    done = course.run("bundle")
    assert done.returncode == 0, done.stderr
    folder = course.folder / "wheels"
    assert done.stdout.startswith("2 wheels, ") and str(folder) in done.stdout
    assert {path.name.partition("-")[0] for path in folder.iterdir()} == {
        "tiny",
        "uv",
        wheels.MADE_FOR.partition("-")[0],
    }
    assert not course.venv.exists(), "bundle installed something"
    offline(course)
    said = course.works()["said"]
    assert f"from the wheels in {folder}" in said and "asking the package index" not in said
    assert "uv pip install" in course.log() and " -m pip install --progress-bar off --retries" not in course.log()


@pytest.mark.slow
def test_any_folder_by_the_variable_and_without_uv(checkout: Checkout, wheels: Path) -> None:
    """Filled by hand, with plain pip say, in another place; uv is not among them."""
    course = checkout()
    offline(course)
    place = course.folder.parent / "by hand"
    place.mkdir()
    shutil.copy(next(wheels.glob("tiny-1.0*")), place)
    course.more["ASYNCLAB_WHEELS"] = str(place)
    course.works()
    assert not (course.venv / "bin/uv").exists()


@pytest.mark.slow
def test_what_lacks_is_asked_of_the_index(checkout: Checkout, wheels: Path) -> None:
    course = checkout()
    (course.folder / "wheels").mkdir()
    shutil.copy(next(wheels.glob("tiny-2.0*")), course.folder / "wheels")
    assert "asking the package index, too" in course.works()["said"]


@pytest.mark.slow
def test_too_few_wheels_and_no_network(checkout: Checkout, wheels: Path) -> None:
    course = checkout()
    (course.folder / "wheels").mkdir()
    shutil.copy(next(wheels.glob("tiny-2.0*")), course.folder / "wheels")
    offline(course)
    what, todo = course.sentences()
    assert str(course.folder / "wheels") in what and "can't be reached" in what and "asynclab bundle" in todo


def test_a_named_folder_without_wheels(checkout: Checkout) -> None:
    course = checkout()
    course.more["ASYNCLAB_WHEELS"] = str(course.folder)
    what, todo = course.sentences()
    assert what == f"There are no wheels in {course.folder}, which ASYNCLAB_WHEELS names." and "bundle" in todo


def test_bundle_without_a_network(checkout: Checkout) -> None:
    course = checkout()
    offline(course)
    what, todo = course.sentences("bundle")
    assert "can't be reached" in what and "start again" in todo
    assert not (course.folder / "wheels" / wheels.MADE_FOR).exists()


@pytest.mark.parametrize("python", bundle.PYTHONS)
@pytest.mark.parametrize("platform", bundle.PLATFORMS)
def test_each_target_gets_what_its_conditions_ask_for(python: str, platform: str) -> None:
    requirements = CHECKOUT / "requirements.txt"
    found = [wanted(requirements, Target(python, platform).markers(patch)) for patch in (0, 99)]
    assert ("appnope" in found[0]) == platform.startswith("macos")
    assert "pywinpty" not in found[0] and "ptyprocess" in found[0]
    assert (found[0]["numpy"] == found[1]["numpy"]) and (found[0]["soupsieve"] == found[1]["soupsieve"]) == (
        python != "3.11"
    )
    assert found[0]["aiohttp"] in requirements.read_text("utf-8")


def test_what_a_bundle_is_for(tmp_path: Path) -> None:
    """Wheels of another version of the course go, other machines' stay; `doctor` says when it doesn't fit."""
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("tiny==1.0\nmore.parts==2 ; sys_platform == 'x'\n")
    folder = tmp_path / "wheels"
    folder.mkdir()
    names = ("tiny-1.0-py3-none-any.whl", "more_parts-2-py3-none-any.whl", "tiny-0.9-py3-none-any.whl")
    for name in names:
        (folder / name).touch()
    bundle._drop_old(folder, requirements)
    assert len(list(folder.iterdir())) == 3, "a folder that somebody filled is left alone"
    here, there = Target(bundle.this_python(), "linux-x86_64"), Target("3.9", "macos-arm64")
    bundle._note(folder, [there], requirements)
    assert wheels.unfit(folder, tmp_path) == f"are for Python 3.9 and not for {here.python}"
    bundle._note(folder, [here], requirements)
    assert wheels.unfit(folder, tmp_path) == ""
    bundle._drop_old(folder, requirements)
    assert {path.name for path in folder.glob("*.whl")} == set(names[:2])
    requirements.write_text("tiny==1.1\n")
    assert wheels.unfit(folder, tmp_path) == "were gathered for another version of the course"
    bundle._note(folder, [here], requirements)
    assert json.loads((folder / wheels.MADE_FOR).read_text())["for"] == [
        {"python": here.python, "platform": "linux-x86_64"}
    ]


def test_a_variable_that_names_no_wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert wheels.folder(tmp_path) is None
    monkeypatch.setenv(wheels.VARIABLE, str(tmp_path))
    with pytest.raises(Problem, match="no wheels"):
        wheels.folder(tmp_path)
    (tmp_path / "a-1-py3-none-any.whl").touch()
    assert wheels.folder(tmp_path / "elsewhere") == tmp_path


@pytest.mark.slow
def test_the_whole_course_is_set_up_with_the_network_off(
    clone: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything in requirements.txt, from wheels that are packed from this very environment."""
    here = compare(CHECKOUT / "requirements.txt")
    if here["missing"] or here["other"]:
        pytest.skip(
            f"no wheels to be had offline: this environment lacks {here['missing']}, or differs: {here['other']}"
        )
    if subprocess.run([*OFFLINE, "true"], check=False, capture_output=True).returncode != 0:
        pytest.skip("this machine gives no namespace without a network")
    course = clone("offline")
    folder = course / "wheels"
    folder.mkdir()
    for name in wanted(CHECKOUT / "requirements.txt", {}):
        tiny.repacked(folder, name)
    for name in ("PYTHONPATH", "ASYNCLAB_READY", "VIRTUAL_ENV"):
        monkeypatch.delenv(name, raising=False)
    variables = {"PIP_CONFIG_FILE": "/dev/null", "PIP_INDEX_URL": NOBODY, "ASYNCLAB_DATA": str(tmp_path / "data")}
    asked = [*OFFLINE, tiny.bare_python(), "-m", "asynclab"]
    before = json.loads(command([*asked, "doctor", "--quick", "--json"], course, **variables).stdout)
    said = {each["name"]: each for each in before["findings"]}
    assert said["environment"]["seen"] == "not made yet" and str(folder) in said["packages"]["seen"]
    variables["UV_CACHE_DIR"] = str(tmp_path / "cache")  # not the user's: these wheels are made of nothing new
    done = command([*asked, "progress"], course, 600, **variables)
    assert done.returncode == 0 and "00_start_here" in done.stdout, done.stderr
    after = json.loads(command([*asked, "doctor", "--quick", "--json"], course, **variables).stdout)
    said = {each["name"]: each for each in after["findings"]}
    assert said["environment"]["state"] == said["packages"]["state"] == "ok", said
    assert said["packages"]["facts"]["missing"] == said["packages"]["facts"]["other"] == []
    assert sys.version_info[:2] == tuple(map(int, said["Python"]["facts"]["version"].split(".")[:2]))
