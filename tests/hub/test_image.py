"""The hub's image, as far as it can be tried without a container: what binder/ gives, and what becomes of it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.specifiers import SpecifierSet

from asynclab.handbook import figures
from asynclab.measure import Limits
from asynclab.paths import CHECKOUT
from tests.notebook.kernels import kernel

BINDER = CHECKOUT / "binder"
GIB = 1024**3
NAMESPACES = ("unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--mount-proc", "sh", "-c")

linux = pytest.mark.skipif(sys.platform != "linux", reason="containers are Linux's")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course as repo2docker puts it into an image: a clone with its history."""
    return made(tmp_path_factory.mktemp("image") / "asynclab", [each.name for each in CHECKOUT.iterdir()])


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """As much of it as the start script looks at."""
    return made(tmp_path / "srv/asynclab", ["README.md", "binder", "exercises"])


def made(place: Path, names: list[str]) -> Path:
    place.mkdir(parents=True)
    left_out = (".git", ".venv", ".asynclab", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache")
    for source in (CHECKOUT / name for name in names if name not in left_out):
        if source.is_dir():
            shutil.copytree(source, place / source.name, ignore=shutil.ignore_patterns(*left_out))
        else:
            shutil.copy(source, place)
    git(place, "init", "--quiet", "--initial-branch=main")
    git(place, "add", "--all")
    git(place, "commit", "--quiet", "--message", "The course")
    return place


def git(folder: Path, *command: str) -> str:
    who = ("-c", "user.name=course", "-c", "user.email=course@localhost")
    return subprocess.run(
        ["git", *who, "-C", folder, *command], capture_output=True, text=True, check=True
    ).stdout.strip()


def start(image: Path, home: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """binder/start with a command behind it, as the container's entry point runs it."""
    home.mkdir(exist_ok=True)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    kept = {name: os.environ[name] for name in ("LANG", "TMPDIR") if name in os.environ}
    return subprocess.run(
        [image / "binder/start", *command], cwd=image, env={**kept, "PATH": path, "HOME": str(home), **variables},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_the_image_gets_the_course_s_exact_packages_and_a_python_it_runs_on() -> None:
    lines = [line for line in (BINDER / "requirements.txt").read_text().splitlines() if not line.startswith("#")]
    assert lines == ["-r ../requirements.txt"] and (BINDER / lines[0].split()[1]).resolve().is_file()
    version = re.fullmatch(r"python-(3\.\d+)\n", (BINDER / "runtime.txt").read_text())
    pyproject = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))
    assert version and SpecifierSet(pyproject["project"]["requires-python"]).contains(version[1])
    for name in ("postBuild", "start"):
        assert os.access(BINDER / name, os.X_OK), f"binder/{name} is not executable"


def test_a_learner_s_home_gets_a_clone_that_later_starts_leave_alone(image: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    done = start(image, home, "sh", "-c", 'echo "$0 $1 $PWD"', "jupyterhub-singleuser", "--port=1")
    assert done.returncode == 0 and done.stdout.split() == ["jupyterhub-singleuser", "--port=1", str(image)], done
    mine = home / "asynclab"
    assert git(mine, "status", "--porcelain") == "" and git(mine, "rev-parse", "HEAD") == git(
        image, "rev-parse", "HEAD"
    )
    assert git(mine, "remote", "get-url", "origin") == str(image)  # where `update` will find a newer image's course
    (mine / "exercises/mine.txt").write_text("my work")
    (image / "newer").touch()
    git(image, "add", "--all")
    git(image, "commit", "--quiet", "--message", "Newer")
    assert start(image, home, "true").returncode == 0
    assert (mine / "exercises/mine.txt").read_text() == "my work" and not (mine / "newer").exists()


def test_a_start_that_was_cut_short_begins_anew(image: Path, tmp_path: Path) -> None:
    (tmp_path / "home/asynclab.making/exercises").mkdir(parents=True)
    assert start(image, tmp_path / "home", "true").returncode == 0
    assert (tmp_path / "home/asynclab/README.md").exists() and not (tmp_path / "home/asynclab.making").exists()


def test_without_git_s_history_it_is_copied(image: Path, tmp_path: Path) -> None:
    shutil.rmtree(image / ".git")
    assert start(image, tmp_path / "home", "true").returncode == 0
    assert (tmp_path / "home/asynclab/exercises").is_dir()


def test_on_binder_the_home_is_the_course(image: Path) -> None:
    before = sorted(path.name for path in image.iterdir())
    assert start(image, image, "true").returncode == 0
    assert not (image / "asynclab/README.md").exists()
    assert sorted(path.name for path in image.iterdir() if path.name not in (".local", ".ipython")) == before


def test_a_full_home_opens_the_image_s_course_and_says_so(image: Path, tmp_path: Path) -> None:
    done = start(image, tmp_path / "home", "echo", "served", ASYNCLAB_HOME="/proc/nowhere/asynclab")
    assert done.stdout == "served\n" and "is the volume full?" in done.stderr


@pytest.mark.slow
def test_what_post_build_does(whole: Path, tmp_path: Path) -> None:
    """It puts JupyterLab's settings and extension into the environment; a Python without the course fails the build."""
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    (packages,) = environment.glob("lib/*/site-packages")
    python = [environment / "bin/python", "binder/postBuild"]
    bare = subprocess.run(python, cwd=whole, env=elsewhere(), capture_output=True, text=True)
    assert bare.returncode != 0 and "lacks" in bare.stderr
    here = next(path for path in sys.path if path.endswith("site-packages"))
    (packages / "course.pth").write_text(f"{here}\n")
    done = subprocess.run(python, cwd=whole, env=elsewhere(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "fetchNews" in (environment / "share/jupyter/lab/settings/overrides.json").read_text()
    assert (environment / "share/jupyter/labextensions/asynclab-pictures/package.json").is_file()


def elsewhere() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "ASYNCLAB"))}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["notebooks", "exercises"])
def test_a_notebook_in_the_clone_starts_the_services(whole: Path, tmp_path: Path, kind: str) -> None:
    """No lab command, nothing in the environment: the clone's own lab, its data in the clone."""
    start(whole, tmp_path / "home", "true")
    mine = tmp_path / "home/asynclab"
    with kernel(mine / ".asynclab", mine / kind, variables=elsewhere()) as notebook:
        asked = (
            "%load_ext asynclab\nimport asynclab\nfrom asynclab import database, site\n"
            "print(asynclab.__file__, database.found)"
        )
        assert notebook.run(asked).stream.split() == [f"{mine}/asynclab/__init__.py", "embedded"]
        assert notebook.run("import urllib.request\nurllib.request.urlopen(site.visit().url()).status").plain == ["200"]
    assert (mine / ".asynclab/services").is_dir() and git(mine, "status", "--porcelain") == ""


def test_repo2docker_makes_of_it_what_is_meant() -> None:
    """Its own words, where it is installed: it needs no Docker to say what it would build."""
    command = shutil.which("jupyter-repo2docker") or os.environ.get("ASYNCLAB_TEST_REPO2DOCKER")
    if not command:
        pytest.skip("repo2docker is not installed (ASYNCLAB_TEST_REPO2DOCKER names one elsewhere)")
    done = subprocess.run(
        [command, "--no-build", "--debug", "--user-id=1000", "--user-name=jovyan", "."],
        cwd=CHECKOUT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    dockerfile = done.stdout + done.stderr
    steps = [line for line in dockerfile.splitlines() if line.startswith(("RUN", "COPY", "ENV R2D"))]
    installs = [line for line in steps if "pip install" in line]
    assert installs == ['RUN ${KERNEL_PYTHON_PREFIX}/bin/pip install --no-cache-dir -r "binder/requirements.txt"']
    copied = next(n for n, line in enumerate(steps) if re.search(r"^COPY .* src/ ", line))
    assert copied < steps.index(installs[0]), "the pins in ../requirements.txt are not there yet"
    assert "RUN ./binder/postBuild" in steps and 'ENV R2D_ENTRYPOINT="${REPO_DIR}/binder/start"' in steps
    assert "py-2d3-2e12-2d" in dockerfile, "not the Python of binder/runtime.txt"


# The example configuration ---------------------------------------------------------------------


def values() -> dict:
    text = (BINDER / "hub-values.yaml").read_text("utf-8")
    return yaml.safe_load(text)


def test_the_example_s_limits_fit_what_was_measured() -> None:
    of_user, figure = values()["singleuser"], figures.measured()
    memory = figure["memory_mb"]
    idle = memory["all of it, idle"]["rss"]
    limit = float(of_user["memory"]["limit"].removesuffix("G")) * GIB
    guarantee = float(of_user["memory"]["guarantee"].removesuffix("G")) * GIB
    assert idle * 1e6 < guarantee < limit
    # A wrong answer is ended by the grader, with a word, before the pod is ended without one.
    grading = memory["all of it while grading, at its peak"]["rss"] * 1e6
    assert grading + Limits().memory < limit
    assert figure["disk_mb"] * 1e6 * 3 < float(of_user["storage"]["capacity"].removesuffix("Gi")) * GIB
    assert of_user["defaultUrl"].endswith("asynclab/notebooks/00_start_here.ipynb")


def test_the_example_with_its_comments_taken_off_is_yaml_too() -> None:
    text = (BINDER / "hub-values.yaml").read_text("utf-8")
    names = "extraPodConfig|hostUsers|config|KubeSpawner|container_security_context"
    names += "|allowPrivilegeEscalation|runAsUser|procMount|seccompProfile|type"
    options = re.sub(rf"^( *)# ( *(?:{names}): ?)", r"\1\2", text, flags=re.M)
    found = yaml.safe_load(options)
    assert found["singleuser"]["extraPodConfig"] == {"hostUsers": False}
    context = found["hub"]["config"]["KubeSpawner"]["container_security_context"]
    assert context["procMount"] == "Unmasked" and context["seccompProfile"]["type"] == "Unconfined"


@linux
@pytest.mark.parametrize(("masked", "isolating"), [(True, False), (False, True)], ids=["proc-masked", "proc-unmasked"])
def test_what_the_example_says_of_proc_is_so(masked: bool, isolating: bool) -> None:
    """A container's /proc has parts covered; the kernel then gives no fresh one to a namespace inside."""
    tried = subprocess.run([*NAMESPACES, "true"], capture_output=True)
    if tried.returncode != 0:
        pytest.skip("this machine lets nobody make namespaces: it is itself such a container")
    ask = "from asynclab.measure import protections; print(*(p.name for p in protections() if p.isolates))"
    cover = "mount -t tmpfs none /proc/acpi 2>/dev/null || mount -t tmpfs none /proc/bus && " if masked else ""
    done = subprocess.run(
        [*NAMESPACES, f'{cover}exec "$@"', "sh", sys.executable, "-c", ask], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert bool(done.stdout.strip()) == isolating, done.stdout
