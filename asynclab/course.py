"""What the course holds: the lessons' sources as data, for the build, the grader, the magics and the tests.

lessons/NN_name/lesson.md and exercise.md, and the page.md of a notebook that is no lesson, are Jupytext's MyST
Markdown, of which this module reads the part that the course uses (a test compares it with Jupytext's own
reader). Only the standard library is imported: the grader's supervisor asks here for the solution, and a
quarter of a second of imports is a quarter of a second of every verdict.

For authors, in a nutshell (CONTRIBUTING.md has it in full)::

    +++ {"minutes": 5}                 opens a section's markdown cell
    ```{code-cell}                     a code cell; options below it, a line each:
    :tags: [hide-input]

    %%grade 04_aiohttp.download        first line of an answer cell, in exercise.md
    # answer … # end answer            the solution: `...` for the learner inside a function, nothing outside
    # answer (NAME) … # given … # end answer    a fault to mend: the learner gets the commented lines below `# given`
    +++ {"hint": "04_aiohttp.download"}         three a task, in order; in no notebook
    +++ {"discussion": "04_aiohttp.download"}   after the solution; in solutions/ alone
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from asynclab.paths import CHECKOUT
from asynclab.problems import Problem

HINTS = 3  # a task
NOTEBOOK_BYTES = 64 * 1024 * 1024  # a notebook larger than this is not read for its answers


@dataclass(frozen=True)
class Cell:
    """One cell as its author wrote it."""

    kind: str  # "markdown" or "code"
    source: str
    metadata: Mapping[str, Any]
    path: Path
    line: int  # where `source` begins in `path`

    @property
    def task(self) -> str | None:
        """The task whose answer this cell is."""
        return graded_task(self.source) if self.kind == "code" else None


@dataclass(frozen=True)
class Section:
    """A part of a lesson or exercise that has a time of its own."""

    title: str
    minutes: int


@dataclass(frozen=True)
class Page:
    """A notebook beside the lessons, such as the playground: a folder of lessons/ with a page.md.

    It has no number, no exercise, and no part in the timetable.
    """

    name: str  # "playground"
    folder: Path
    cells: tuple[Cell, ...]  # of page.md

    @property
    def kinds(self) -> tuple[str, ...]:
        """The folders that hold a notebook made from it."""
        return ("notebooks",)

    @property
    def title(self) -> str:
        """Its first heading."""
        return next(iter(headings(self.cells)), self.name)

    @property
    def headings(self) -> tuple[str, ...]:
        """All headings: what "04_aiohttp#One session" can point at."""
        return tuple(headings(self.cells))


@dataclass(frozen=True)
class Lesson(Page):
    """One lesson: a folder of lessons/ with everything about it. `cells` are those of lesson.md."""

    exercise_cells: tuple[Cell, ...]  # of exercise.md, answers, hints and discussions included
    told: str = ""  # `about:` in the block that may open lesson.md

    @property
    def kinds(self) -> tuple[str, ...]:
        return ("notebooks", "exercises", "solutions")

    @property
    def number(self) -> str:
        return self.name.split("_")[0]

    @property
    def title(self) -> str:
        return next(iter(headings(self.cells or self.exercise_cells)), self.name)

    @property
    def short_title(self) -> str:
        """ "04 aiohttp": the title up to its colon."""
        return self.title.partition(": ")[0]

    @property
    def about(self) -> str:
        """What the map says of it in a line: `about:` in lesson.md's opening block, else what follows the colon."""
        return self.told or self.title.partition(": ")[2]

    @property
    def tasks(self) -> tuple[str, ...]:
        """The names of its tasks, in the exercise's order: "04_aiohttp.download"."""
        return tuple(cell.task for cell in self.exercise_cells if cell.task)

    @property
    def sections(self) -> tuple[Section, ...]:
        return _sections(self.cells)

    @property
    def exercise_sections(self) -> tuple[Section, ...]:
        return _sections(self.exercise_cells)

    @property
    def minutes(self) -> int:
        """What the lesson takes in a workshop, its exercise not included."""
        return sum(section.minutes for section in self.sections)

    @property
    def exercise_minutes(self) -> int:
        return sum(section.minutes for section in self.exercise_sections)


@dataclass(frozen=True)
class Answer:
    """One file of answers/: an answer whose verdict is known."""

    task: str
    path: Path
    source: str
    verdict: str  # "passed", "failed", "crashed"…
    mistakes: tuple[str, ...] = ()  # exact, in order
    near: tuple[str, ...] = ()  # mistakes that a right answer comes near without making them
    says: str = ""  # what it is, in the author's line

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def right(self) -> bool:
        return self.verdict == "passed"


# ---------------------------------------------------------------- what the others ask for


def lessons(checkout: Path = CHECKOUT) -> list[Lesson]:
    """All lessons, in order. Raises Problem with file and line where a source can't be read."""
    return [lesson(folder.name, checkout) for folder in _folders(checkout)]


def lesson(name: str, checkout: Path = CHECKOUT) -> Lesson:
    """One lesson by its folder's name. Raises Problem when there is none."""
    folder = checkout / "lessons" / name
    if folder not in _folders(checkout):
        known = ", ".join(f.name for f in _folders(checkout)) or "none"
        raise Problem(f"There is no lesson {name}.", f"The lessons are: {known}.")
    return _read_lesson(folder, _stamp(folder / "lesson.md"), _stamp(folder / "exercise.md"))


def pages(checkout: Path = CHECKOUT) -> list[Page]:
    """The notebooks that are no lessons, by name. Raises Problem where a source can't be read."""
    return [_read_page(path.parent, _stamp(path)) for path in sorted((checkout / "lessons").glob("*/page.md"))]


def notebooks(checkout: Path = CHECKOUT) -> list[Page]:
    """All that notebooks are made from: the lessons, then the pages."""
    return [*lessons(checkout), *pages(checkout)]


def notebook(name: str, checkout: Path = CHECKOUT) -> Page:
    """A lesson or a page by its folder's name. Raises Problem when there is neither."""
    for page in pages(checkout):
        if page.name == name:
            return page
    return lesson(name, checkout)


def lesson_of(task: str, checkout: Path = CHECKOUT) -> Lesson:
    """The lesson that asks for `task`. Raises Problem when none does."""
    name = task.partition(".")[0]
    if any(folder.name == name for folder in _folders(checkout)):
        found = lesson(name, checkout)
        if task in found.tasks:
            return found
    known = ", ".join(tasks(checkout)) or "none"
    raise Problem(f"There is no task {task}.", f"The tasks are: {known}.")


def tasks(checkout: Path = CHECKOUT) -> list[str]:
    """The names of all tasks, lesson by lesson."""
    return [task for each in lessons(checkout) for task in each.tasks]


def stub(task: str, checkout: Path = CHECKOUT) -> str:
    """What the learner finds in the answer cell, without its %%grade line."""
    return stub_of(_answer_cell(task, checkout))


def solution(task: str, checkout: Path = CHECKOUT) -> str:
    """The course's own answer, without its %%grade line: also the reference that answers are timed against."""
    return solution_of(_answer_cell(task, checkout))


def faults(task: str, checkout: Path = CHECKOUT) -> list[str]:
    """The names of the faults that the learner is given to mend, in the order of the program; mostly none."""
    return list(dict.fromkeys(b.fault for b in _blocks(_answer_cell(task, checkout)) if b.fault and b.given))


def with_faults(task: str, faults: Collection[str], checkout: Path = CHECKOUT) -> str:
    """The solution with these of its faults left unmended."""
    return with_faults_of(_answer_cell(task, checkout), faults)


def hints(task: str, checkout: Path = CHECKOUT) -> list[str]:
    """The task's hints as Markdown, the gentlest first."""
    return [c.source for c in lesson_of(task, checkout).exercise_cells if c.metadata.get("hint") == task]


def discussion(task: str, checkout: Path = CHECKOUT) -> str:
    """What is to be said about the solution, as Markdown."""
    cells = lesson_of(task, checkout).exercise_cells
    return "\n\n".join(c.source for c in cells if c.metadata.get("discussion") == task)


def statement(task: str, checkout: Path = CHECKOUT) -> str:
    """What the exercise says before the task's answer cell, as Markdown: from its last `##` heading on."""
    prose: list[str] = []
    for cell in lesson_of(task, checkout).exercise_cells:
        if cell.task == task:
            break
        if cell.task:
            prose = []
        elif cell.kind == "markdown" and not _is_apart(cell):
            prose = [cell.source] if cell.source.startswith("## ") else [*prose, cell.source]
    return "\n\n".join(prose)


def answers(task: str, checkout: Path = CHECKOUT) -> list[Answer]:
    """The answers whose verdicts are known, right ones first. Raises Problem where a header is wrong."""
    folder = lesson_of(task, checkout).folder / "answers" / task.partition(".")[2]
    return [_read_answer(task, path) for path in sorted(folder.glob("*.py"))]


def answer_cells(notebook: Path) -> dict[str, str]:
    """A notebook's answers: task to the source below its %%grade line.

    The cells need not be in order nor the notebook ours. Of two cells for one task the lower counts, as it
    would when the notebook runs from top to bottom. Raises Problem when the file is no notebook.
    """
    found: dict[str, str] = {}
    for cell in _notebook_cells(notebook):
        source = cell.get("source", "")
        if isinstance(source, list) and all(isinstance(part, str) for part in source):
            source = "".join(source)
        if cell.get("cell_type") == "code" and isinstance(source, str):
            task = graded_task(source)
            if task:
                found[task] = without_magic(source)
    return found


# ---------------------------------------------------------------- answer cells


_GRADE = re.compile(r"\s*%%grade[ \t]+(\S+)")
_BEGIN = re.compile(r"^([ \t]*)# answer(?: \(([\w -]+)\))?[ \t]*$")
_GIVEN = re.compile(r"^[ \t]*# given[ \t]*$")
_END = re.compile(r"^[ \t]*# end answer[ \t]*$")


def graded_task(source: str) -> str | None:
    """The task named in a cell's %%grade line, if it has one."""
    match = _GRADE.match(source)
    return match.group(1) if match else None


def without_magic(source: str) -> str:
    """A cell's source without its %%grade line."""
    return source.lstrip().partition("\n")[2] if graded_task(source) else source


@dataclass(frozen=True)
class _Block:
    """A marked block of an answer cell; line numbers from 0."""

    begin: int  # of `# answer`
    end: int  # of `# end answer`
    indent: str
    fault: str | None = None  # the name in `# answer (NAME)`
    given: int | None = None  # of `# given`

    def solved(self, lines: list[str]) -> list[str | None]:
        """What stands there in the solution, in as many places as the block has lines."""
        kept: list[str | None] = list(lines[self.begin + 1 : self.given or self.end])
        return [None, *kept, *[None] * (self.end - self.begin - len(kept))]

    def unsolved(self, lines: list[str]) -> list[str | None] | None:
        """What the learner is given instead, its comment signs taken off; None for a block that is simply cut out."""
        if self.given is None:
            return None
        kept: list[str | None] = [re.sub(r"^([ \t]*)# ?", r"\1", line) for line in lines[self.given + 1 : self.end]]
        return [*kept, *[None] * (self.end - self.begin + 1 - len(kept))]


def solution_of(cell: Cell) -> str:
    """The cell's code with the markers taken out."""
    return with_faults_of(cell, ())


def with_faults_of(cell: Cell, faults: Collection[str]) -> str:
    """The solution with some of its faults left as the learner is given them, by the names in `# answer (NAME)`."""
    lines = without_magic(cell.source).splitlines()
    made: list[str | None] = list(lines)
    for block in _blocks(cell):
        left = block.unsolved(lines) if block.fault in faults else None
        made[block.begin : block.end + 1] = block.solved(lines) if left is None else left
    return _tidy(line for line in made if line is not None)


def stub_of(cell: Cell) -> str:
    """The cell's code with each answer cut out: `...` once per function, nothing at top level; or what is given."""
    source = without_magic(cell.source)
    tree = _parsed(cell, source)
    filled: set[int | None] = {None}
    lines = source.splitlines()
    made: list[str | None] = list(lines)
    for block in _blocks(cell):
        left = block.unsolved(lines)
        if left is None:
            function = _function_around(tree, block.begin + 1)
            gap = None if function in filled else f"{block.indent}..."
            filled.add(function)
            left = [gap] + [None] * (block.end - block.begin)
        made[block.begin : block.end + 1] = left
    text = _tidy(line for line in made if line is not None)
    try:
        compile(text, str(cell.path), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError as error:
        raise _wrong(
            cell, 1, f"without its answer, {cell.task} is no longer Python ({error.msg})",
            "Leave a statement outside the markers, or set them inside the function.",
        ) from error  # fmt: skip
    return text


def _blocks(cell: Cell) -> list[_Block]:
    """The marked blocks, in order."""
    blocks: list[_Block] = []
    open_block: _Block | None = None
    for number, line in enumerate(without_magic(cell.source).splitlines()):
        if match := _BEGIN.match(line):
            if open_block is not None:
                raise _wrong(cell, number + 1, "`# answer` stands inside an answer that is still open",
                             "Close the first with `# end answer`.")  # fmt: skip
            open_block = _Block(number, number, match.group(1), match.group(2))
        elif _GIVEN.match(line):
            if open_block is None or open_block.given is not None:
                raise _wrong(cell, number + 1, "`# given` outside an answer", "Put it between `# answer` and its end.")
            open_block = replace(open_block, given=number)
        elif _END.match(line):
            if open_block is None:
                raise _wrong(cell, number + 1, "`# end answer` without `# answer`", "Add `# answer` above it.")
            blocks.append(replace(open_block, end=number))
            open_block = None
        elif open_block is not None and open_block.given is not None and not line.strip().startswith("#"):
            raise _wrong(cell, number + 1, "below `# given` stands what is no comment",
                         "Write each line as a comment: `# code`.")  # fmt: skip
    if open_block is not None:
        raise _wrong(cell, open_block.begin + 1, "`# answer` is never closed", "Add `# end answer` below it.")
    return blocks


def _function_around(tree: ast.Module, line: int) -> int | None:
    """The first line of the innermost function or class around `line`; None at top level."""
    around = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and node.lineno < line <= _end_with_comments(tree, node)
    ]
    return max(around, default=None)


def _end_with_comments(tree: ast.Module, node: ast.stmt) -> int:
    """A node's last line, the comments after it included: `# end answer` is one, and may be all there is."""
    following = [
        other.lineno
        for other in ast.walk(tree)
        if isinstance(other, ast.stmt)
        and other.lineno > (node.end_lineno or node.lineno)
        and other.col_offset <= node.col_offset
    ]
    return min(following) - 1 if following else 10**9


def _parsed(cell: Cell, source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except SyntaxError as error:
        raise _wrong(
            cell, error.lineno or 1, f"the answer of {cell.task} is no Python ({error.msg})", "Mend it."
        ) from error


def _tidy(lines: Iterator[str]) -> str:
    """Joined, without blank lines at either end and with at most two in a row."""
    text = "\n".join(line.rstrip() for line in lines).strip("\n")
    return re.sub(r"\n{4,}", "\n\n\n", text) + "\n"


def _answer_cell(task: str, checkout: Path) -> Cell:
    return next(cell for cell in lesson_of(task, checkout).exercise_cells if cell.task == task)


# ---------------------------------------------------------------- checking a lesson's sources


def check(source: Page) -> list[str]:
    """Everything an author has to mend in a lesson or a page, as "lessons/…/exercise.md:12: sentence"."""
    return _check_lesson(source) if isinstance(source, Lesson) else list(_check_page(source))


def _check_page(page: Page) -> Iterator[str]:
    if not page.cells:
        yield f"{_shown(page.folder / 'page.md')}:1: the file is empty; write it."
    for cell in page.cells:
        if cell.task:
            yield f"{_at(cell)}: %%grade {cell.task} on a page, where nothing is graded; take it out."
        if apart := sorted({"minutes", "hint", "discussion"} & set(cell.metadata)):
            yield f"{_at(cell)}: {apart[0]} belongs to a lesson, and this page is none; take it out."
        yield from _check_length(cell)


def _check_lesson(lesson: Lesson) -> list[str]:
    problems = [
        f"{_shown(lesson.folder / name)}:1: the file is missing or empty; write it."
        for name, cells in (("lesson.md", lesson.cells), ("exercise.md", lesson.exercise_cells))
        if not cells
    ]
    for cells in (lesson.cells, lesson.exercise_cells):
        if cells and not _sections(cells):
            problems.append(f'{_at(cells[0])}: no section has minutes; open each with +++ {{"minutes": 5}}.')
    problems += [p for cell in (*lesson.cells, *lesson.exercise_cells) for p in _check_cell(lesson, cell)]
    for task in dict.fromkeys(lesson.tasks):
        problems += _check_task(lesson, task)
    return problems


def _check_cell(lesson: Lesson, cell: Cell) -> Iterator[str]:
    for key in ("hint", "discussion"):
        if cell.metadata.get(key, lesson.tasks[0] if lesson.tasks else None) not in (*lesson.tasks, None):
            yield f"{_at(cell)}: {key} for {cell.metadata[key]}, which is no task of this exercise; mend the name."
    minutes = cell.metadata.get("minutes")
    if minutes is not None and (not isinstance(minutes, int) or minutes < 0):
        yield f"{_at(cell)}: minutes must be a whole number, not {minutes!r}."
    yield from _check_length(cell)
    if cell in lesson.cells and cell.task and cell.task not in lesson.tasks:
        yield f"{_at(cell)}: %%grade {cell.task}, which is no task of this lesson's exercise; mend the name."
    if cell not in lesson.cells and cell.task and not cell.task.startswith(lesson.name + "."):
        yield f"{_at(cell)}: unknown task {cell.task}: its name must begin with {lesson.name}. and a dot."


def _check_length(cell: Cell) -> Iterator[str]:
    if cell.kind == "code" and not cell.task and len(cell.source.splitlines()) > 25:
        yield f"{_at(cell)}: a cell of {len(cell.source.splitlines())} lines; split it, 25 are the most."


def _check_task(lesson: Lesson, task: str) -> Iterator[str]:
    cells = [cell for cell in lesson.exercise_cells if cell.task == task]
    cell, function = cells[0], task.partition(".")[2]
    if len(cells) > 1:
        yield f"{_at(cells[1])}: a second answer cell for {task}; a task has one."
    try:
        blocks, solved, cut = _blocks(cell), solution_of(cell), stub_of(cell)
    except Problem as problem:
        yield f"{problem.what} {problem.todo}"
        return
    if not blocks:
        yield f"{_at(cell)}: {task} has no `# answer` … `# end answer`: the learner would be given the solution."
    for name, text in (("solution", solved), ("stub", cut)):
        definition = next((n for n in ast.parse(text).body if getattr(n, "name", None) == function), None)
        if definition is None:
            yield f"{_at(cell)}: the {name} of {task} defines no {function}; define it, or mend the task's name."
        elif not ast.get_docstring(definition):  # type: ignore[arg-type]
            yield f"{_at(cell)}: {function} has no docstring; say there what is given and what is asked for."
    told = [c for c in lesson.exercise_cells if c.metadata.get("hint") == task]
    if len(told) != HINTS:
        yield f'{_at(cell)}: {task} has {len(told)} hints; write {HINTS}, each opened by +++ {{"hint": "{task}"}}.'
    if not any(c.metadata.get("discussion") == task for c in lesson.exercise_cells):
        yield f'{_at(cell)}: {task} has no discussion; open one with +++ {{"discussion": "{task}"}}.'
    try:
        _check_answers = [_read_answer(task, p) for p in sorted((lesson.folder / "answers" / function).glob("*.py"))]
    except Problem as problem:
        yield f"{problem.what} {problem.todo}"
        return
    if not any(a.right for a in _check_answers) or all(a.right for a in _check_answers):
        yield f"{_shown(lesson.folder)}/answers/{function}: needs a right answer and a wrong one at least."


# ---------------------------------------------------------------- reading Markdown


_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$")
_BREAK = re.compile(r"^\+\+\+(?:\s+(.*?))?\s*$")
_OPTION = re.compile(r"^:([\w-]+):\s*(.*?)\s*$")


def parse(text: str, path: Path) -> tuple[Cell, ...]:
    """The cells of one MyST Markdown source. Raises Problem with file and line where it can't be read."""
    lines = text.splitlines()
    cells: list[Cell] = []
    prose: list[str] = []
    metadata: dict[str, Any] = {}
    number = _front_matter(lines, path)
    first = number

    def close_prose() -> None:
        nonlocal metadata, prose
        blank = next((i for i, line in enumerate(prose) if line.strip()), None)
        if blank is not None:
            source = "\n".join(prose).strip("\n").rstrip()
            cells.append(Cell("markdown", source, metadata, path, first + blank + 1))
        elif metadata:
            raise _at_line(path, first, "+++ with metadata opens no text", "Write the section's text below it.")
        prose, metadata = [], {}

    while number < len(lines):
        line = lines[number]
        fence = _FENCE.match(line)
        if fence and fence.group(2).strip().startswith("{code-cell}"):
            close_prose()
            end = _closing(lines, number, fence.group(1), path)
            cells.append(_code_cell(lines, number, end, path))
            number = first = end + 1
        elif fence:
            end = _closing(lines, number, fence.group(1), path)
            prose += lines[number : end + 1]
            number = end + 1
        elif match := _BREAK.match(line):
            close_prose()
            metadata = _break_metadata(match.group(1), path, number + 1)
            number = first = number + 1
        else:
            prose.append(line)
            number += 1
    close_prose()
    return tuple(cells)


def _front_matter(lines: list[str], path: Path) -> int:
    """The number of lines of the YAML block that may open the file; it is the editor's, not the course's."""
    if not lines or lines[0].strip() != "---":
        return 0
    end = next((i for i, line in enumerate(lines[1:], 1) if line.strip() in ("---", "...")), None)
    if end is None:
        raise _at_line(path, 1, "the block opened by --- is never closed", "Add --- below it.")
    return end + 1


def _closing(lines: list[str], begin: int, fence: str, path: Path) -> int:
    for number in range(begin + 1, len(lines)):
        stripped = lines[number].strip()
        if stripped.startswith(fence) and not stripped.strip(fence[0]):
            return number
    raise _at_line(path, begin + 1, f"the block opened by {fence} is never closed", f"Add {fence} below it.")


def _code_cell(lines: list[str], begin: int, end: int, path: Path) -> Cell:
    metadata: dict[str, Any] = {}
    first = begin + 1
    while first < end and (match := _OPTION.match(lines[first])):
        metadata[match.group(1)] = _option(match.group(2))
        first += 1
    if first < end and lines[first].strip() == "---":
        raise _at_line(path, first + 1, "options of a cell as a YAML block", "Write them as `:tags: [one, two]`.")
    while first < end and not lines[first].strip():
        first += 1
    source = "\n".join(lines[first:end]).rstrip()
    if not source:
        raise _at_line(path, begin + 1, "an empty code cell", "Fill it or take it out.")
    return Cell("code", source, metadata, path, first + 1)


def _option(value: str) -> Any:
    if value.startswith("[") and value.endswith("]"):
        return [item.strip().strip("'\"") for item in value[1:-1].split(",") if item.strip()]
    try:
        return json.loads(value)
    except ValueError:
        return value


def _break_metadata(text: str | None, path: Path, line: int) -> dict[str, Any]:
    if not text:
        return {}
    try:
        metadata = json.loads(text)
    except ValueError:
        metadata = None
    if not isinstance(metadata, dict):
        raise _at_line(path, line, f"what follows +++ is no JSON object: {text}", 'Write it like +++ {"minutes": 5}.')
    return metadata


def headings(cells: tuple[Cell, ...]) -> Iterator[str]:
    """The text of all headings, in order; `#` lines in fenced code are none."""
    for cell in cells:
        if cell.kind != "markdown":
            continue
        fence = None
        for line in cell.source.splitlines():
            match = _FENCE.match(line)
            if match and fence is None:
                fence = match.group(1)
            elif match and match.group(1).startswith(fence or "") and not match.group(2).strip():
                fence = None
            elif fence is None and (heading := re.match(r"#{1,6}\s+(.+?)\s*#*$", line)):
                yield heading.group(1)


def _sections(cells: tuple[Cell, ...]) -> tuple[Section, ...]:
    return tuple(
        Section(next(iter(headings((cell,))), ""), cell.metadata["minutes"])
        for cell in cells
        if isinstance(cell.metadata.get("minutes"), int)
    )


def _is_apart(cell: Cell) -> bool:
    return "hint" in cell.metadata or "discussion" in cell.metadata


# ---------------------------------------------------------------- reading files


_LESSON = re.compile(r"\d\d_\w+")


def _folders(checkout: Path) -> list[Path]:
    return sorted(
        folder
        for folder in (checkout / "lessons").glob("*")
        if _LESSON.fullmatch(folder.name) and ((folder / "lesson.md").is_file() or (folder / "exercise.md").is_file())
    )


def _stamp(path: Path) -> tuple[int, int]:
    """What changes when the file does: the key under which its content is kept."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return (0, 0)
    return (status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=64)
def _read_lesson(folder: Path, lesson_stamp: tuple[int, int], exercise_stamp: tuple[int, int]) -> Lesson:
    def cells(name: str) -> tuple[Cell, ...]:
        path = folder / name
        return parse(path.read_text(encoding="utf-8"), path) if path.is_file() else ()

    return Lesson(folder.name, folder, cells("lesson.md"), cells("exercise.md"), _about(folder / "lesson.md"))


def _about(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    told = (line.partition(":")[2].strip() for line in lines[: _front_matter(lines, path)] if line.startswith("about:"))
    return next(told, "").strip("\"'")


@lru_cache(maxsize=16)
def _read_page(folder: Path, stamp: tuple[int, int]) -> Page:
    path = folder / "page.md"
    return Page(folder.name, folder, parse(path.read_text(encoding="utf-8"), path))


def _read_answer(task: str, path: Path) -> Answer:
    source = path.read_bytes().decode("utf-8")  # as it lies on the disk: a BOM and CRLF may be what it tests
    header: dict[str, str] = {}
    says: list[str] = []
    for line in source.removeprefix("\ufeff").splitlines():
        if not line.startswith("#"):
            break
        if match := re.match(r"# (verdict|mistakes|comes near): (.*)", line):
            header[match.group(1)] = match.group(2).strip()
        elif line.strip("# "):
            says.append(line.strip("# "))
    verdict = header.pop("verdict", "")
    mistakes, near = (_codes(header.pop(name, "")) for name in ("mistakes", "comes near"))
    answer = Answer(task, path, source, verdict, mistakes, near, " ".join(says))
    if not verdict:
        raise _at_line(path, 1, "no `# verdict:` line", "Begin the file with `# verdict: passed` or the like.")
    if not path.name.startswith("right_" if answer.right else "wrong_"):
        raise _at_line(path, 1, f"verdict {verdict} in a file of this name", "Name it right_… or wrong_… to match.")
    if answer.right and mistakes:
        raise _at_line(path, 1, "a passing answer with mistakes", "Take the `# mistakes:` line out.")
    if near and not answer.right:
        raise _at_line(path, 1, "a wrong answer that comes near a mistake", "Take the `# comes near:` line out.")
    if verdict == "failed" and not mistakes:
        raise _at_line(path, 1, "a failed answer without `# mistakes:`", "Name them, the most telling first.")
    if not says:
        raise _at_line(path, 1, "nothing says what this answer is", "Add a comment line below its header.")
    return answer


def _codes(line: str) -> tuple[str, ...]:
    return tuple(code.strip() for code in line.split(",") if code.strip())


def _notebook_cells(path: Path) -> list[dict[str, Any]]:
    todo = "Name a notebook (.ipynb) as JupyterLab saves it."
    try:
        if path.stat().st_size > NOTEBOOK_BYTES:
            raise Problem(f"{path} is larger than {NOTEBOOK_BYTES >> 20} MB.", "Clear its outputs and save it again.")
        content = json.loads(path.read_bytes())
        cells = content["cells"]
        if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
            raise TypeError
    except FileNotFoundError as error:
        raise Problem(f"There is no file {path}.", todo) from error
    except OSError as error:
        raise Problem(f"{path} can't be read ({error.strerror}).", todo) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Problem(f"{path} is no notebook.", todo) from error
    return cells


def _wrong(cell: Cell, line: int, what: str, todo: str) -> Problem:
    """A problem at a line of a cell's source below its %%grade line."""
    return _at_line(cell.path, cell.line + line - 1 + (1 if cell.task else 0), what, todo)


def _at_line(path: Path, line: int, what: str, todo: str) -> Problem:
    return Problem(f"{_shown(path)}:{line}: {what}.", todo)


def _at(cell: Cell) -> str:
    return f"{_shown(cell.path)}:{cell.line}"


def _shown(path: Path) -> str:
    """A path as an author would type it: from lessons/ on."""
    parts = path.parts
    return "/".join(parts[parts.index("lessons") :]) if "lessons" in parts else str(path)
