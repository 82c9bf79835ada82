"""Notebooks whose kernel the lab didn't start (VS Code, a hub, plain ``jupyter lab``); services killed under them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import psutil
import pytest

import asynclab
from asynclab import course
from asynclab.paths import CHECKOUT
from asynclab.problems import Problem
from tests.notebook.kernels import Kernel, kernel
from tests.services.conftest import processes_of, wait_for

KINDS = ("notebooks", "exercises", "solutions")
GREET = "00_start_here.greet"


def elsewhere() -> dict[str, str]:
    """The environment of a JupyterLab that isn't the lab's: nothing of it says where the course is."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "ASYNCLAB_READY")}


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """A kernel in notebooks/ that knows of the course only what lies beside the notebook."""
    with kernel(tmp_path_factory.mktemp("d"), CHECKOUT / "notebooks", variables=elsewhere()) as each:
        yield each


def data_of(notebook: Kernel) -> Path:
    return Path(notebook.run("from asynclab.paths import data_folder\nstr(data_folder())").plain[0].strip("'"))


def test_each_folder_leads_to_its_checkout(tmp_path: Path) -> None:
    """Of two clones, each notebook uses its own; and a file that is the same in all three folders."""
    assert len({(CHECKOUT / kind / "asynclab.py").read_bytes() for kind in KINDS}) == 1
    for kind in KINDS:
        clone = tmp_path / f"a clone, {kind}"
        (clone / kind).mkdir(parents=True)
        (clone / "asynclab").symlink_to(CHECKOUT / "asynclab")
        (clone / kind / "asynclab.py").write_bytes((CHECKOUT / kind / "asynclab.py").read_bytes())
        asked = "import asynclab, asynclab.problems; print(asynclab.__file__, asynclab.problems.Problem.__name__)"
        done = subprocess.run(
            [sys.executable, "-c", asked], cwd=clone / kind, env=elsewhere(), capture_output=True, text=True, check=True
        )
        assert done.stdout.split("\n")[0] == f"{clone}/asynclab/__init__.py Problem"


def test_services_start_on_first_use_without_the_lab(notebook: Kernel) -> None:
    assert not notebook.run("%load_ext asynclab\nfrom asynclab import database, site\nimport aiohttp").error
    assert notebook.run("import asynclab; asynclab.__file__").plain == [f"'{CHECKOUT}/asynclab/__init__.py'"]
    assert notebook.run("visit = site.visit()\npool = await database.pool(max_size=2)").error == ""
    assert notebook.run(FETCH).plain == ["(200, True)"]
    assert notebook.run(ASK).plain == ["6681"]


@pytest.mark.slow
@pytest.mark.measured
def test_grading_works_there_too(notebook: Kernel) -> None:
    notebook.run("%load_ext asynclab")
    assert notebook.run(f"%%grade {GREET}\n{course.solution(GREET)}", wait=120).plain[0] == f"{GREET}: passed"


# Both use only what an earlier cell made: neither asks the lab for anything.
FETCH = """
async with aiohttp.ClientSession() as session, session.get(visit.url("/city/2643743")) as response:
    body = await response.read()
response.status, b"London" in body
"""
ASK = "await pool.fetchval('SELECT count(*) FROM cities')"


def has_ended(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.Error:
        return True


@pytest.mark.parametrize(
    "victims",
    [
        ("site", "postgres"),
        ("keeper",),
        pytest.param(("site",), marks=pytest.mark.slow),
        pytest.param(("postgres",), marks=pytest.mark.slow),
    ],
    ids="+".join,
)
def test_what_was_killed_is_back_in_the_next_cell(notebook: Kernel, victims: tuple[str, ...]) -> None:
    test_services_start_on_first_use_without_the_lab(notebook)
    asked = "from asynclab.services import lease\nlease.call('processes')"
    before = eval(notebook.run(asked).plain[0])
    assert set(before) == {"keeper", "site", "postgres"}
    for name in victims:
        os.kill(before[name], signal.SIGKILL)
        assert wait_for(lambda name=name: has_ended(before[name]))  # a busy machine takes a moment
    assert notebook.run(FETCH).plain == ["(200, True)"]
    assert notebook.run(ASK).plain == ["6681"]
    after = eval(notebook.run(asked).plain[0])
    assert all(after[name] != before[name] for name in victims)
    # What the old site had counted is gone, and nobody is told a count of nothing.
    if victims != ("postgres",):
        assert "restarted during this visit" in notebook.run("visit.ledger()").error
    assert notebook.run(FETCH + "\nlen(visit.ledger())").error == ""


def test_cells_don_t_wait_for_services_that_are_well(notebook: Kernel) -> None:
    test_services_start_on_first_use_without_the_lab(notebook)
    took = notebook.run(
        "import time\nfrom asynclab.services.revive import revive\nbegan = time.perf_counter()\n"
        "for _ in range(20): revive()\nassert time.perf_counter() - began < 2, time.perf_counter() - began"
    )
    assert not took.error


def test_a_kernel_that_never_used_them_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from asynclab.services.revive import revive

    monkeypatch.setenv("ASYNCLAB_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("asynclab.services.lease._leases", {})
    revive()
    assert not (tmp_path / "data").exists()


def test_killed_services_leave_nothing_behind(notebook: Kernel) -> None:
    """After all that: one keeper, one site, one server."""
    test_services_start_on_first_use_without_the_lab(notebook)
    commands = [" ".join(process.cmdline()) for process in processes_of(data_of(notebook))]
    for part in ("asynclab.services.keeper", "asynclab.services.webserver"):
        assert sum(part in command for command in commands) == 1, commands


# A Python that lacks the course ------------------------------------------------------------------


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with what a kernel needs and nothing else: links to this one's packages."""
    folder = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (packages,) = folder.glob("lib/*/site-packages")
    wanted, seen = ["ipykernel"], set[str]()
    while wanted:
        name = wanted.pop()
        try:
            found = distribution(name)
        except PackageNotFoundError:  # for other systems
            continue
        if name in seen:
            continue
        seen.add(name)
        for top in {file.parts[0] for file in found.files or () if file.parts[0] not in ("..", "__pycache__")}:
            if not (packages / top).exists():
                (packages / top).symlink_to(Path(str(found.locate_file(top))))
        wanted += [match[0] for text in found.requires or () if "extra ==" not in text
                   if (match := re.match(r"[\w.-]+", text))]  # fmt: skip
    return folder / "bin" / "python"


def test_a_python_without_the_packages_says_so_in_a_sentence(bare: Path, tmp_path: Path) -> None:
    with kernel(tmp_path, CHECKOUT / "notebooks", python=bare, variables=elsewhere()) as foreign:
        said = foreign.run("%load_ext asynclab").error.splitlines()
    assert len(said) == 2, said
    assert said[0].startswith(f"This notebook's Python ({bare}) lacks aiofiles, aiohttp, asyncpg and ")
    assert "python3 -m asynclab lab" in said[1]
    assert not list(tmp_path.iterdir())


def test_a_python_too_old_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 18, "final", 0))
    with pytest.raises(Problem) as told:
        asynclab.load_ipython_extension(None)
    assert told.value.what == "This notebook's kernel is Python 3.9, and the course needs Python 3.11 or later."


def test_the_sentence_names_the_environment_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from asynclab.notebook import surroundings

    (tmp_path / "pyproject.toml").write_text(
        '[project]\ndependencies = ["jupyterlab>=4", "aiohttp>=3", "no-such>=1"]\n'
    )
    monkeypatch.setattr(surroundings, "CHECKOUT", tmp_path)
    with pytest.raises(Problem, match="lacks no-such of the course. Run `python3 -m asynclab lab` in"):
        surroundings.check()
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").touch()
    with pytest.raises(Problem, match=rf"Choose the kernel {tmp_path}/.venv/bin/python"):
        surroundings.check()


@pytest.mark.slow
def test_a_data_folder_that_can_t_be_written_is_two_sentences(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with kernel(tmp_path / "file/data", CHECKOUT / "notebooks", variables=elsewhere()) as each:
        assert not each.run("%load_ext asynclab\nfrom asynclab import site").error
        said = each.run("site.visit()").error.splitlines()
        assert each.run("1 + 1").plain == ["2"]
    assert len(said) == 2 and "ASYNCLAB_DATA" in said[1], said


@pytest.mark.slow
def test_services_end_with_the_last_kernel(tmp_path: Path) -> None:
    with kernel(tmp_path, CHECKOUT / "notebooks", variables=elsewhere()) as each:
        each.run("%load_ext asynclab\nfrom asynclab import site\nsite.url")
        assert processes_of(tmp_path)
    assert wait_for(lambda: not processes_of(tmp_path), 15)
