"""asynclab.build on a toy lesson: composing, executing, cleaning, what is stale, what is refused."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import nbformat
import pytest

from asynclab import course
from asynclab.build import store
from asynclab.build.clean import WIDGET, clean, complaints, path_in
from asynclab.build.compose import KINDS, compose, dumps, is_as_built, is_saved_by_hand
from asynclab.problems import Problem

TOY = Path(__file__).parent / "data"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with the toy lesson, built. Look, don't touch."""
    checkout = tmp_path_factory.mktemp("toy")
    shutil.copytree(TOY, checkout, dirs_exist_ok=True)
    (lesson,) = course.lessons(checkout)
    assert store.stale(lesson, checkout) == list(KINDS)
    for kind in KINDS:
        store.build(lesson, kind, checkout)
    return checkout


@pytest.fixture
def toy(built: Path, tmp_path: Path) -> Path:
    """A built checkout of one's own."""
    shutil.copytree(built, tmp_path, dirs_exist_ok=True)
    return tmp_path


def read(checkout: Path, kind: str) -> nbformat.NotebookNode:
    return nbformat.read(checkout / kind / "00_toy.ipynb", as_version=4)


def test_built_notebooks_are_what_the_lesson_gives(built: Path) -> None:
    (lesson,) = course.lessons(built)
    assert store.stale(lesson, built) == []
    for kind in KINDS:
        notebook = read(built, kind)
        nbformat.validate(notebook)
        assert is_as_built(notebook) and not is_saved_by_hand(notebook)


def test_outputs_are_kept_and_clean(built: Path) -> None:
    slept, picture, slider, shared = [c for c in read(built, "notebooks").cells if c.cell_type == "code"]
    assert slept.outputs[0].text == "slept\n"
    assert "image/png" in picture.outputs[0].data
    assert slider.outputs == [], "a widget without a plain face shows an error to who has no kernel"
    assert [o.data.get("text/html") for o in shared.outputs] == ["<p>after</p>", None]
    assert [c.execution_count for c in (slept, picture, slider, shared)] == [1, 2, 3, 4]
    text = (built / "notebooks" / "00_toy.ipynb").read_text()
    assert WIDGET not in text and "iopub" not in text and "model_id" not in text


def test_hints_go_nowhere_and_discussions_to_solutions_alone(built: Path) -> None:
    def prose(kind: str) -> str:
        return "\n".join(cell.source for cell in read(built, kind).cells)

    assert "The pause lets others run." in prose("solutions")
    assert "The pause lets others run." not in prose("exercises") + prose("notebooks")
    for kind in KINDS:
        assert "asyncio.sleep` pauses" not in prose(kind)


def test_answer_cells_of_exercise_and_solution(built: Path) -> None:
    task = "00_toy.greet"
    assert course.answer_cells(built / "exercises" / "00_toy.ipynb")[task] == course.stub(task, built).rstrip("\n")
    assert course.answer_cells(built / "solutions" / "00_toy.ipynb")[task] == course.solution(task, built).rstrip("\n")
    for kind in ("exercises", "solutions"):
        assert [cell.id for cell in read(built, kind).cells if "%%grade" in cell.source] == ["greet"]
    assert all(not c.get("outputs") and not c.get("execution_count") for c in read(built, "exercises").cells)


def test_building_twice_gives_the_same_bytes(toy: Path) -> None:
    (lesson,) = course.lessons(toy)
    for kind in KINDS:
        before = store.path_of(lesson, kind, toy).read_bytes()
        store.build(lesson, kind, toy)
        assert store.path_of(lesson, kind, toy).read_bytes() == before


def test_a_changed_lesson_makes_stale_what_it_changed(toy: Path) -> None:
    path = toy / "lessons" / "00_toy" / "exercise.md"
    path.write_text(path.read_text().replace("The pause lets", "A pause lets"))
    (lesson,) = course.lessons(toy)
    assert store.stale(lesson, toy) == ["solutions"], "a discussion stands in no other"
    text = store.path_of(lesson, "solutions", toy).read_text()
    told = store.wrong_with(text, lesson, "solutions")
    assert told is not None and "has another source" in told and "python3 -m asynclab build" in told


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda nb: nb.cells[1].update(source="x = 1"), "cell 2 has another source"),
        (lambda nb: nb.cells.pop(), "has 7 cells and its lesson gives 8"),
        (lambda nb: nb.cells[1].update(execution_count=9), "was not executed in order"),
        (lambda nb: nb.cells[1].update(execution_count=None, outputs=[]), "was not executed in order"),
        (lambda nb: nb.cells[1].metadata.update(tags=["x"]), "has other metadata"),
        (lambda nb: nb.metadata.language_info.update(version="3.11.2"), "metadata is not what the build writes"),
        (lambda nb: nb.cells[1].outputs[0].update(text="in /home/ada/course"), "shows a path of the machine: /home/"),
        (lambda nb: nb.cells[1].outputs[0].update(name="stderr"), "wrote on standard error"),
    ],
)
def test_what_is_wrong_is_told(toy: Path, change: object, says: str) -> None:
    (lesson,) = course.lessons(toy)
    notebook = read(toy, "notebooks")
    change(notebook)  # type: ignore[operator]
    told = store.wrong_with(dumps(notebook), lesson, "notebooks")
    assert told is not None and says in told and store.REBUILD in told


def test_what_is_no_notebook_is_told() -> None:
    (lesson,) = course.lessons(TOY)
    for text in ("", "{", "[]", '{"cells": 1}'):
        assert "it is no notebook" in (store.wrong_with(text, lesson, "notebooks") or "")


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("import sys; print('noise', file=sys.stderr)", "wrote on standard error"),
        ("import os; print(os.getcwd())", "shows a path of the machine"),
        ("import os; os._exit(1)", "The kernel died"),
    ],
)
def test_what_must_not_be_stored_is_refused(toy: Path, code: str, says: str) -> None:
    path = toy / "lessons" / "00_toy" / "lesson.md"
    path.write_text(path.read_text().replace('print("slept")', code))
    (lesson,) = course.lessons(toy)
    before = store.path_of(lesson, "notebooks", toy).read_text()
    with pytest.raises(Problem) as caught:
        store.build(lesson, "notebooks", toy)
    assert says in f"{caught.value.what} {caught.value.todo}"
    assert "notebooks/00_toy.ipynb" in caught.value.what
    assert store.path_of(lesson, "notebooks", toy).read_text() == before


def test_a_solution_that_does_not_pass_is_refused(toy: Path) -> None:
    path = toy / "lessons" / "00_toy" / "exercise.md"
    path.write_text(path.read_text().replace("{line}: passed", "{line}: failed (race)"))
    (lesson,) = course.lessons(toy)
    with pytest.raises(Problem, match="did not pass .00_toy.greet: failed .race.."):
        store.build(lesson, "solutions", toy)


def test_it_runs_in_a_world_of_its_own(toy: Path) -> None:
    """The notebook's own folder, and a data folder that is neither the author's nor there afterwards."""
    path = toy / "lessons" / "00_toy" / "lesson.md"
    code = (
        "import os, pathlib\n"
        "data = pathlib.Path(os.environ['ASYNCLAB_DATA'])\n"
        "pathlib.Path('found.txt').write_text(f'{pathlib.Path.cwd().name} {data.exists()} {data}')"
    )
    path.write_text(path.read_text().replace('print("slept")', code))
    (lesson,) = course.lessons(toy)
    store.build(lesson, "notebooks", toy)
    folder, existed, data = (toy / "notebooks" / "found.txt").read_text().split(" ", 2)
    assert (folder, existed) == ("notebooks", "False")
    assert not Path(data).parent.exists()


def test_a_changed_exercise_is_kept_beside(toy: Path) -> None:
    (lesson,) = course.lessons(toy)
    path = store.path_of(lesson, "exercises", toy)
    assert store.build(lesson, "exercises", toy).kept is None
    path.write_text(path.read_text().replace("    ...", "    return 1"))
    mine = path.read_text()
    kept = store.build(lesson, "exercises", toy).kept
    assert kept is not None and kept.read_text() == mine
    assert store.stale(lesson, toy) == []


def test_git_speaks_where_somebody_worked_in_the_file(toy: Path) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *arguments], cwd=toy, check=True)

    (lesson,) = course.lessons(toy)
    path = store.path_of(lesson, "exercises", toy)
    original = path.read_text()
    path.write_text(original.replace("    ...", "    return 1"))
    assert store.current(lesson, "exercises", toy) is None, "outside a checkout there is the file alone"
    path.write_text(original)
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "toy")
    path.write_text(original.replace("    ...", "    return 1"))
    assert store.current(lesson, "exercises", toy) == original
    assert store.stale(lesson, toy) == [], "a learner's answer is no reason to build"
    assert store.committed_names("exercises", toy) == ["00_toy.ipynb"]
    source = toy / "lessons" / "00_toy" / "exercise.md"
    source.write_text(source.read_text().replace("Say hello", "Say a hello"))
    (lesson,) = course.lessons(toy)
    assert store.current(lesson, "exercises", toy) is None, "what git has is stale too"


def test_ids_stay_when_other_cells_change() -> None:
    (lesson,) = course.lessons(TOY)
    notebook = compose(lesson, "notebooks")
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    fewer = course.Lesson(lesson.name, lesson.folder, lesson.cells[2:], lesson.exercise_cells)
    assert [cell.id for cell in compose(fewer, "notebooks").cells] == ids[2:]


def test_streams_in_pieces_are_one() -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("print()")])
    stream = nbformat.v4.new_output
    notebook.cells[0].outputs = [stream("stream", name="stdout", text=t) for t in ("a\n", "b\n")]
    clean(notebook)
    assert [o.text for o in notebook.cells[0].outputs] == ["a\nb\n"]
    assert complaints(notebook) == []


@pytest.mark.parametrize("text", ["/home/ada/x", "see (/tmp/ipykernel_12/1.py)", "/work/main", "'/root/.cache'"])
def test_paths_are_seen(text: str) -> None:
    assert path_in(text)


@pytest.mark.parametrize(
    "text", ["http://127.0.0.1:80/v/tmp/city/3", "notebooks/home/x", "and/or", "/city/2643743", "https://x.org/home/y"]
)
def test_addresses_are_no_paths(text: str) -> None:
    assert path_in(text) is None
