"""The lessons' sources, the course's links and its lint: what an author or a reviewer would otherwise look through."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from textwrap import indent

import pytest

from asynclab import course
from asynclab.build.compose import KINDS, compose
from asynclab.grader.catalogue import MISTAKES
from asynclab.grader.task import tasks_of
from asynclab.paths import CHECKOUT

LESSONS = course.lessons()
SOURCES = course.notebooks()  # the lessons, and the pages that are none
MADE = [(source, kind) for source in SOURCES for kind in source.kinds]


@pytest.mark.parametrize("lesson", SOURCES, ids=lambda lesson: lesson.name)
def test_an_author_has_nothing_to_mend(lesson: course.Page) -> None:
    """Markers, tasks, docstrings, three hints, the discussion, minutes, headers of answers."""
    assert not (told := course.check(lesson)), "\n".join(told)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_the_exercise_asks_for_what_is_graded(lesson: course.Lesson) -> None:
    graded = set(tasks_of(lesson.folder))
    assert set(lesson.tasks) == graded, f"{lesson.name}/exercise.md and grading.py name different tasks"


def test_mistakes_named_by_answers_are_in_the_catalogue() -> None:
    known = [answer for task in course.tasks() for answer in course.answers(task)]
    named = {code: answer.path for answer in known for code in (*answer.mistakes, *answer.near)}
    unknown = {code: path.name for code, path in named.items() if code not in MISTAKES}
    assert not unknown, f"not in asynclab.grader.catalogue: {unknown}"


@pytest.mark.parametrize("code", MISTAKES)
def test_a_mistake_has_a_wrong_answer_that_makes_it_and_a_right_one_that_comes_near(code: str) -> None:
    """Both are graded, and must get what their headers say: see test_answers."""
    known = [answer for task in course.tasks() for answer in course.answers(task)]
    assert any(code in answer.mistakes for answer in known), f"no wrong answer has {code} among its `# mistakes:`"
    assert any(code in answer.near for answer in known), f"no right answer has {code} in its `# comes near:` line"


def test_a_right_answer_comes_near_what_others_make_of_the_task() -> None:
    """A task at which nobody can make the mistake shows nothing about telling it apart."""
    for task in course.tasks():
        made = {code for answer in course.answers(task) for code in answer.mistakes}
        for answer in course.answers(task):
            assert made.issuperset(answer.near), f"{answer.path}: no wrong answer of {task} makes what it comes near"


def test_mistakes_are_explained_where_they_say() -> None:
    """ "04_aiohttp#Section heading": the heading is there, where the lesson is."""
    headings = {lesson.name: lesson.headings for lesson in LESSONS}
    for code, entry in MISTAKES.items():
        for place in (entry.explained, *entry.also):
            name, _, heading = place.partition("#")
            if name in headings and heading:
                assert heading in headings[name], f"{code}: {name}/lesson.md has no heading {heading!r}"


ITEM = re.compile(r"(?:1[.)]|[-+*])\s")


def lists_by_accident(text: str) -> list[str]:
    """Lines in the middle of a paragraph that Markdown takes for the first item of a list."""
    text = re.sub(r"^(```|~~~).*?^\1", "", text, flags=re.MULTILINE | re.DOTALL)
    paragraphs = [paragraph.splitlines() for paragraph in re.split(r"\n\s*\n", text)]
    return [
        line for first, *more in filter(None, paragraphs) for line in more if ITEM.match(line) and not ITEM.match(first)
    ]


@pytest.mark.parametrize(
    "path", sorted((CHECKOUT / "lessons").glob("*/*.md")), ids=lambda path: "/".join(path.parts[-2:])
)
def test_no_sentence_becomes_a_list(path: Path) -> None:
    assert not lists_by_accident(path.read_text(encoding="utf-8"))


def test_a_number_that_begins_a_line_is_found() -> None:
    assert lists_by_accident("a library with one connection bears\n1. And threads share it.") == [
        "1. And threads share it."
    ]
    assert not lists_by_accident("- one\n- two\n\n1. one\n   more\n2. two\n\n```\nx\n- y\n```")


# ---------------------------------------------------------------- links


LINK = re.compile(r'!?\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)|(?:src|href)="([^"]+)"')


def links(text: str) -> list[str]:
    text = re.sub(r"^(```|~~~).*?^\1", "", text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"(`+)[^`].*?\1", "", text)
    return [next(filter(None, groups)) for groups in LINK.findall(text)]


def anchors(path: Path) -> set[str]:
    """The anchors that GitHub and JupyterLab make of a document's headings."""
    if path.suffix == ".ipynb":
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        text = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    else:
        text = path.read_text(encoding="utf-8")
    titles = re.findall(r"^#{1,6}\s+(.+?)\s*#*$", text, re.MULTILINE)
    github = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
    return github | {title.replace(" ", "-") for title in titles}


def broken(link: str, folder: Path) -> str | None:
    if re.match(r"[a-z]+:", link):
        return None  # an address; nothing here needs the network to be tested
    name, _, anchor = link.partition("#")
    target = (folder / name).resolve() if name else None
    if target is not None and not target.exists():
        return f"{link}: there is no {name}"
    if anchor and target is not None and target.suffix in (".md", ".ipynb") and anchor not in anchors(target):
        return f"{link}: {name} has no heading for #{anchor}"
    return None


DOCUMENTS = [
    path
    for name in ("README.md", "CONTRIBUTING.md", "data/README.md", "docs/cheat-sheet.md")
    if (path := CHECKOUT / name).is_file()
]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_of_documents_resolve(path: Path) -> None:
    found = [told for link in links(path.read_text(encoding="utf-8")) if (told := broken(link, path.parent))]
    assert not found, f"{path.name}: " + "; ".join(found)


def test_there_is_a_readme() -> None:
    assert (CHECKOUT / "README.md") in DOCUMENTS


@pytest.mark.parametrize(("lesson", "kind"), MADE, ids=lambda each: getattr(each, "name", each))
def test_links_of_notebooks_resolve(lesson: course.Page, kind: str) -> None:
    prose = [cell.source for cell in compose(lesson, kind).cells if cell.cell_type == "markdown"]
    found = [told for text in prose for link in links(text) if (told := broken(link, CHECKOUT / kind))]
    assert not found, f"{kind}/{lesson.name}: " + "; ".join(found)


# ---------------------------------------------------------------- what must stand nowhere


def committed_files() -> list[Path]:
    """All files that git knows; outside a checkout, all that are there."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        hidden = {".venv", ".asynclab", ".git", "__pycache__"}
        return [p for p in CHECKOUT.rglob("*") if p.is_file() and not hidden & set(p.relative_to(CHECKOUT).parts)]
    return [path for name in listed.decode().split("\0") if name and (path := CHECKOUT / name).is_file()]


def test_no_package_registry_is_named() -> None:
    """Set-up asks whatever index the machine is set to; a host in a file would go past it."""
    hosts = re.compile(rb"(?:files\.pythonhosted|pypi\.(?:org|io|python)|registry\.npmjs|conda\.anaconda)\.?\w*")
    naming = {str(p.relative_to(CHECKOUT)): m.group() for p in committed_files() if (m := hosts.search(p.read_bytes()))}
    naming.pop(str(Path(__file__).relative_to(CHECKOUT)), None)
    assert not naming, f"take the hosts out: {naming}"


# ---------------------------------------------------------------- lint


def tool(*arguments: str) -> None:
    done = subprocess.run([sys.executable, "-m", *arguments], cwd=CHECKOUT, capture_output=True, text=True)
    assert done.returncode == 0, f"{arguments[0]} found:\n{done.stdout}{done.stderr}"


def test_ruff() -> None:
    tool("ruff", "check", "--no-cache", "--quiet", "--output-format=concise", ".")


@pytest.fixture(scope="session")
def mypy_cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("mypy"))


def test_mypy(mypy_cache: str) -> None:
    tool("mypy", "--cache-dir", mypy_cache)


@pytest.mark.parametrize("lesson", course.lessons(), ids=lambda lesson: lesson.name)
def test_mypy_over_the_grading(lesson: course.Lesson, mypy_cache: str) -> None:
    tool("mypy", "--cache-dir", mypy_cache, str(lesson.folder / "grading.py"))


def linted(lesson: course.Page, kind: str, folder: Path) -> Path:
    """A notebook's cells with %%grade lines taken off, as a notebook for ruff, which knows magics and await."""
    cells = []
    for cell in compose(lesson, kind).cells:
        if cell.cell_type == "code":
            source = course.without_magic(cell.source).rstrip("\n")
            empty = {"metadata": {}, "outputs": [], "execution_count": None}
            cells.append({"cell_type": "code", "source": source, **empty})
    path = folder / f"{kind}_{lesson.name}.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}))
    return path


# What a notebook may do and a module may not: import where it is first needed (E402), show a value by naming it
# (B018), define a second version of the same thing (F811), await and use `async with` at top level, in a comprehension
# too (F704, PLE1142), pair up what is visibly as long (B905).
NOTEBOOK = ["E402", "B018", "F811", "I001", "F704", "PLE1142", "B905", "PIE"]
ALLOWED = {
    "notebooks": [*NOTEBOOK, "ASYNC"],  # lessons show the blocking calls that they are about
    # A stub's imports wait for their use; 07 gives a program whose blocking call is to be found.
    "exercises": [*NOTEBOOK, "F401", "ASYNC210"],
    "solutions": NOTEBOOK,
}


@pytest.mark.parametrize("kind", KINDS)
def test_ruff_over_the_notebooks_cells(kind: str, tmp_path: Path) -> None:
    paths = [str(linted(lesson, kind, tmp_path)) for lesson in SOURCES if kind in lesson.kinds]
    tool("ruff", "check", "--no-cache", "--quiet", "--output-format=concise",
         "--config", str(CHECKOUT / "pyproject.toml"), "--ignore", ",".join(ALLOWED[kind]), *paths)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_mypy_over_the_notebooks_cells(kind: str, tmp_path: Path, mypy_cache: str) -> None:
    """As one coroutine function a notebook: only in that are `await` and `async with` what they are in a cell."""
    paths = []
    for lesson in SOURCES:
        if kind not in lesson.kinds:
            continue
        cells = [c.source for c in compose(lesson, kind).cells if c.cell_type == "code"]
        code = "\n\n".join(without_magics(course.without_magic(source)) for source in cells)
        path = tmp_path / f"{kind}_{lesson.name}.py"
        path.write_text(f"async def notebook() -> None:\n{indent(code, INDENT)}\n{INDENT}pass\n", encoding="utf-8")
        paths.append(str(path))
    # no-redef: a second version of the same thing. empty-body: a stub returns nothing yet. unused-coroutine: what a
    # lesson forgets on purpose. The others ask for annotations and checks that would stand in a lesson's way.
    lenient = ("no-redef", "empty-body", "unused-coroutine", "var-annotated", "union-attr")
    disabled = [part for code in lenient for part in ("--disable-error-code", code)]
    tool("mypy", "--cache-dir", mypy_cache, "--allow-untyped-defs", "--allow-redefinition", *disabled, *paths)


INDENT = "    "


def without_magics(source: str) -> str:
    """Line magics and shell lines become comments; the lines keep their numbers."""
    return re.sub(r"^([ \t]*)([%!].*)$", r"\1pass  # \2", source, flags=re.MULTILINE)
