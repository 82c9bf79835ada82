"""asynclab.course: reading the lessons' sources, and telling their authors what is wrong where."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import jupytext
import pytest

from asynclab import course
from asynclab.build.compose import compose
from asynclab.paths import CHECKOUT
from asynclab.problems import Problem

TOY = Path(__file__).parent / "data"
TASK = "00_toy.greet"


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """A checkout with the toy lesson in it, to be changed at will."""
    shutil.copytree(TOY, tmp_path, dirs_exist_ok=True)
    return tmp_path


def change(toy: Path, old: str, new: str, name: str = "exercise.md") -> Path:
    path = toy / "lessons" / "00_toy" / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return path


SOURCES = sorted(CHECKOUT.glob("lessons/*/*.md")) + sorted(TOY.glob("lessons/*/*.md"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_reads_what_jupytext_reads(path: Path) -> None:
    expected = [(c.cell_type, c.source, dict(c.metadata)) for c in jupytext.read(path, fmt="md:myst").cells]
    found = [(c.kind, c.source, dict(c.metadata)) for c in course.parse(path.read_text(), path)]
    assert found == expected


def test_cells_know_their_line() -> None:
    for path in SOURCES:
        lines = path.read_text().splitlines()
        for cell in course.parse(path.read_text(), path):
            assert lines[cell.line - 1] == cell.source.splitlines()[0]


def test_lesson_toy() -> None:
    (toy,) = course.lessons(TOY)
    assert (toy.name, toy.title, toy.minutes, toy.exercise_minutes) == ("00_toy", "A toy lesson", 7, 5)
    assert toy.tasks == (TASK,)
    assert toy.headings == ("A toy lesson", "Pictures", "Shared displays")
    assert [s.title for s in toy.sections] == ["A toy lesson", "Shared displays"]
    assert course.tasks(TOY) == [TASK]
    assert course.check(toy) == []


def test_stub_and_solution() -> None:
    assert course.stub(TASK, TOY) == (
        "PAUSE = 0.01\n\n\n"
        "async def pause(seconds):\n"
        '    """Waits; returns whether there was anything to wait for."""\n'
        "    ...\n"
        "    waited = seconds > 0\n\n\n"
        "async def greet(name):\n"
        '    """Returns a greeting for `name`, after a pause."""\n'
        "    ...\n"
    )
    assert course.solution(TASK, TOY) == (
        "import asyncio\n\n\n"
        "PAUSE = 0.01\n\n\n"
        "async def pause(seconds):\n"
        '    """Waits; returns whether there was anything to wait for."""\n'
        "    await asyncio.sleep(seconds)\n"
        "    waited = seconds > 0\n"
        "    return waited\n\n\n"
        "async def greet(name):\n"
        '    """Returns a greeting for `name`, after a pause."""\n'
        "    await pause(PAUSE)\n"
        '    return f"Hello, {name}!"\n'
    )


FAULTY = """%%grade 00_toy.greet
import asyncio
# answer (blocks)
# given
# import time
# end answer


async def greet(name):
    \"\"\"Greets.\"\"\"
    # answer (blocks)
    await asyncio.sleep(0.1)
    # given
    # time.sleep(0.1)  # a moment
    # end answer
    # answer (no name)
    return f"Hello, {name}!"
    # given
    # if name:
    #     return "Hello!"
    # end answer
"""


def test_a_program_with_faults_to_mend() -> None:
    cell = course.Cell("code", FAULTY, {}, Path("exercise.md"), 1)
    head = 'import asyncio\n\n\nasync def greet(name):\n    """Greets."""\n'
    slept, named = "    await asyncio.sleep(0.1)\n", '    return f"Hello, {name}!"\n'
    blocked, unnamed = "    time.sleep(0.1)  # a moment\n", '    if name:\n        return "Hello!"\n'
    faulty = head.replace("asyncio\n", "asyncio\nimport time\n", 1)
    assert course.solution_of(cell) == head + slept + named
    assert course.stub_of(cell) == faulty + blocked + unnamed
    assert course.with_faults_of(cell, ["no name"]) == head + slept + unnamed
    assert course.with_faults_of(cell, ["blocks"]) == faulty + blocked + named


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("    # time.sleep", "    time.sleep", "below `# given` stands what is no comment"),
        ("import asyncio\n", "import asyncio\n# given\n", "`# given` outside an answer"),
        ("    # given\n    # if", "    # given\n    # given\n    # if", "`# given` outside an answer"),
    ],
)
def test_wrong_marks_of_what_is_given(old: str, new: str, says: str) -> None:
    cell = course.Cell("code", FAULTY.replace(old, new, 1), {}, Path("lessons/exercise.md"), 1)
    with pytest.raises(Problem) as caught:
        course.solution_of(cell)
    assert says in caught.value.what


def test_what_is_told_about_a_task() -> None:
    assert course.hints(TASK, TOY) == ["Pause first.", "`asyncio.sleep` pauses.", "Return an f-string."]
    assert course.discussion(TASK, TOY) == "The pause lets others run."
    assert course.statement(TASK, TOY) == "## Greet\n\nSay hello to everyone."


def test_answers_and_their_headers() -> None:
    right, wrong = course.answers(TASK, TOY)
    assert (right.name, right.verdict, right.mistakes) == ("right_plain", "passed", ())
    assert (right.near, right.says) == (("lost-task", "wrong-result"), "The shortest there is.")
    assert (wrong.verdict, wrong.mistakes, wrong.near) == ("failed", ("learnt-by-heart", "wrong-result"), ())
    assert wrong.says == "Greets always the same."
    assert "async def greet" in wrong.source


def test_a_changed_source_is_read_again(toy: Path) -> None:
    assert "Pause first." in course.hints(TASK, toy)
    change(toy, "Pause first.", "Pause first of all.")
    assert "Pause first of all." in course.hints(TASK, toy)


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),  # `line`: the text of the line that is named
    [
        ("    # end answer\n    waited", "    waited", "    # answer", "stands inside an answer that is still open"),
        ("    # answer\n    await asyncio", "    await asyncio", "    # end answer", "without `# answer`"),
        ('!"\n    # end answer', '!"', "    # answer", "`# answer` is never closed"),
        ("return waited", "return waited +", "    return waited +", "the answer of 00_toy.greet is no Python"),
    ],
)
def test_wrong_markers_are_named_with_their_line(toy: Path, old: str, new: str, line: str, says: str) -> None:
    path = change(toy, old, new)
    (problem,) = course.check(course.lesson("00_toy", toy))
    assert says in problem
    named = int(problem.split(":")[1])
    assert problem.startswith("lessons/00_toy/exercise.md:")
    assert path.read_text().splitlines()[named - 1] == line, problem


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("exercise.md", '+++ {"hint": "00_toy.greet"}\n\nPause first.', "", "has 2 hints; write 3"),
        ("exercise.md", '+++ {"discussion": "00_toy.greet"}', "+++", "has no discussion"),
        ("exercise.md", '{"hint": "00_toy.greet"}', '{"hint": "00_toy.meet"}', "hint for 00_toy.meet, which is no"),
        ("exercise.md", "%%grade 00_toy.greet", "%%grade 01_other.greet", "unknown task 01_other.greet"),
        ("exercise.md", '    """Returns a greeting for `name`, after a pause."""\n', "", "greet has no docstring"),
        ("exercise.md", "async def greet", "async def meet", "defines no greet"),
        ("lesson.md", '"minutes": 3', '"minutes": "three"', "minutes must be a whole number"),
        ("lesson.md", 'print("slept")', "print()\n" * 30, "split it, 25 are the most"),
        ("answers/greet/right_plain.py", "# verdict: passed", "# verdict: failed", "in a file of this name"),
        ("answers/greet/wrong_name.py", "# mistakes: learnt-by-heart, wrong-result\n", "", "without `# mistakes:`"),
        ("answers/greet/wrong_name.py", "# verdict: failed\n", "", "no `# verdict:` line"),
        ("answers/greet/wrong_name.py", "# mistakes", "# comes near: race\n# mistakes", "wrong answer that comes near"),
    ],
)
def test_authors_are_told(toy: Path, name: str, old: str, new: str, says: str) -> None:
    change(toy, old, new, name)
    told = course.check(course.lesson("00_toy", toy))
    assert any(says in line for line in told), told
    assert all(line.startswith("lessons/00_toy/") for line in told)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('+++ {"minutes": 3}', "+++ {minutes: 3}", "lesson.md:7: what follows +++ is no JSON object"),
        ('import asyncio\n\nawait asyncio.sleep(0.01)\nprint("slept")\n', "", "lesson.md:18: an empty code cell"),
        (":tags: [hide-input]", "---\ntags: [a]\n---", "options of a cell as a YAML block"),
        ("6 * 7\n```\n", "6 * 7\n", "the block opened by ``` is never closed"),
        ("name: python3\n---\n", "name: python3\n", "the block opened by --- is never closed"),
    ],
)
def test_markdown_that_cannot_be_read(toy: Path, old: str, new: str, says: str) -> None:
    change(toy, old, new, "lesson.md")
    with pytest.raises(Problem) as caught:
        course.lessons(toy)
    assert says in caught.value.what
    assert caught.value.todo


def test_unknown_names_say_what_there_is() -> None:
    with pytest.raises(Problem, match="The tasks are: 00_toy.greet"):
        course.solution("00_toy.meet", TOY)
    with pytest.raises(Problem, match="There is no task nonsense"):
        course.stub("nonsense", TOY)
    with pytest.raises(Problem, match="There is no task ../../etc.passwd"):
        course.answers("../../etc.passwd", TOY)
    with pytest.raises(Problem, match="The lessons are: 00_toy"):
        course.lesson("01_toy", TOY)


def notebook(tmp_path: Path, *sources: object) -> Path:
    path = tmp_path / "answers.ipynb"
    cells = [{"cell_type": "code", "source": source, "metadata": {}, "outputs": []} for source in sources]
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    return path


def test_answer_cells(tmp_path: Path) -> None:
    path = notebook(
        tmp_path,
        "print(1)",
        ["%%grade 00_toy.greet\n", "old = 1\n"],
        "\n%%grade  00_toy.meet  \r\nx = 1\n",
        "%%grade 00_toy.greet\nnew = 1",
        "%%grade",
        "# %%grade 00_toy.other",
    )
    assert course.answer_cells(path) == {TASK: "new = 1", "00_toy.meet": "x = 1\n"}


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"cells": 3}', b'{"cells": [1]}', b"\xff\xfe", b"[" * 100_000, b'{"cells": {}}']
)
def test_what_is_no_notebook(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.ipynb"
    path.write_bytes(content)
    with pytest.raises(Problem, match="is no notebook"):
        course.answer_cells(path)


def test_files_that_are_not_there_or_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Problem, match="There is no file"):
        course.answer_cells(tmp_path / "none.ipynb")
    with pytest.raises(Problem, match="can't be read"):
        course.answer_cells(tmp_path)
    monkeypatch.setattr(course, "NOTEBOOK_BYTES", 10)
    with pytest.raises(Problem, match="is larger than"):
        course.answer_cells(notebook(tmp_path, "x"))


def test_it_imports_nothing_heavy() -> None:
    """The grader's supervisor imports it at each verdict."""
    code = "import sys, asynclab.course; print(sorted({'yaml', 'jupytext', 'nbformat', 'asyncio'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=CHECKOUT, check=True)
    assert done.stdout.strip() == "[]"


# ---------------------------------------------------------------- pages: notebooks that are no lesson


def page(toy: Path, text: str) -> course.Page:
    (toy / "lessons" / "corner").mkdir()
    (toy / "lessons" / "corner" / "page.md").write_text(text)
    (found,) = course.pages(toy)
    return found


def test_a_page_is_a_notebook_and_no_lesson(toy: Path) -> None:
    before = (course.tasks(toy), sum(lesson.minutes for lesson in course.lessons(toy)))
    found = page(toy, "# A corner\n\n```{code-cell}\nprint(1)\n```\n")
    assert (found.name, found.title, found.kinds) == ("corner", "A corner", ("notebooks",))
    assert course.check(found) == []
    assert [each.name for each in course.notebooks(toy)] == ["00_toy", "corner"]
    assert course.notebook("corner", toy) == found and course.notebook("00_toy", toy).name == "00_toy"
    assert (course.tasks(toy), sum(lesson.minutes for lesson in course.lessons(toy))) == before
    assert [cell.source for cell in compose(found, "notebooks").cells] == ["# A corner", "print(1)"]
    for kind in ("exercises", "solutions"):
        with pytest.raises(ValueError, match="corner is no lesson"):
            compose(found, kind)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "page.md:1: the file is empty"),
        ('+++ {"minutes": 5}\n\n# A corner\n', "page.md:3: minutes belongs to a lesson"),
        ("```{code-cell}\n%%grade 00_toy.greet\nx = 1\n```\n", "page.md:2: %%grade 00_toy.greet on a page"),
        ("```{code-cell}\n" + "x = 1\n" * 26 + "```\n", "a cell of 26 lines"),
    ],
)
def test_what_is_wrong_with_a_page_is_told(toy: Path, text: str, says: str) -> None:
    (told,) = course.check(page(toy, text))
    assert says in told
