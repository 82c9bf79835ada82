"""What was handed in, before anything of it runs: where the answers are, and what their text alone tells."""

from __future__ import annotations

import ast
import difflib
import hashlib
import io
import tokenize
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asynclab import course
from asynclab.grader.task import Task, all_tasks, find_task
from asynclab.measure.evidence import Evidence, Raised
from asynclab.problems import Problem

LARGEST = 1024 * 1024  # bytes of one answer


@dataclass(frozen=True)
class Submission:
    """One answer to one task."""

    task: Task
    text: str
    path: Path
    counts: bool = True  # whether it counts for the exit status

    @property
    def sha256(self) -> str:
        return sha256(self.text)


def sha256(text: str) -> str:
    """The answer's hash: line ends and space at their ends don't make another answer."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").strip().split("\n")]
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


def submissions(target: Path, task: str | None) -> list[Submission]:
    """The answers in a notebook, or the answer in a ``.py`` file. Raises Problem in a learner's words."""
    if not target.exists():
        raise Problem(f"There is no {target}.", _nearby(target))
    asked = task_named(task) if task is not None else None
    if target.suffix == ".ipynb":
        cells = course.answer_cells(target)
        if asked is not None:
            if asked.name not in cells:
                raise Problem(
                    f"{target} has no answer to {asked.name}.",
                    f"Its answer stands in a cell whose first line is `%%grade {asked.name}`.",
                )
            return [Submission(asked, cells[asked.name], target)]
        if not cells:
            raise Problem(
                f"{target} holds no answers.",
                "An answer is a cell whose first line is `%%grade TASK`; the exercises/ folder has them.",
            )
        found = [Submission(task_named(name), text, target) for name, text in cells.items()]
        # A stretch task is asked for only by name.
        return [Submission(s.task, s.text, s.path, counts=not s.task.stretch) for s in found]
    if target.is_dir():
        raise Problem(f"{target} is a folder.", "Grade a folder of submissions with `--csv FILE`.")
    if target.suffix != ".py":
        raise Problem(f"{target} is neither a notebook nor a .py file.", "Give an .ipynb or a .py file.")
    if asked is None:
        raise Problem(
            f"{target} doesn't say which task it answers.", f"Add `--task`, one of: {', '.join(all_tasks())}."
        )
    return [Submission(asked, read_source(target), target)]


def task_named(name: str) -> Task:
    """The task of that name. Raises Problem with the nearest names when there is none."""
    task = find_task(name)
    if task:
        return task
    known = list(all_tasks())
    short = {each.partition(".")[2]: each for each in known}
    near = difflib.get_close_matches(name, known, n=1) or [
        short[each] for each in difflib.get_close_matches(name.partition(".")[2] or name, short, n=1)
    ]
    todo = f"Did you mean {near[0]}?" if near else f"The tasks are: {', '.join(known)}."
    raise Problem(f"There is no task {name}.", todo)


def read_source(path: Path) -> str:
    """A Python file's text, in the encoding it declares; a BOM and CRLF are fine."""
    try:
        if path.stat().st_size > LARGEST:
            raise Problem(f"{path} is larger than an answer can be ({LARGEST // 1024} KiB).", "Give the answer alone.")
        data = path.read_bytes()
    except OSError as error:
        raise Problem(f"{path} can't be read ({error.strerror}).", "Check its name and permissions.") from error
    return decoded(data)


def decoded(data: bytes) -> str:
    """Python source from bytes; bytes that are no text become marks that Python then refuses by line."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError:
        encoding = "utf-8"
    try:
        text = data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        text = data.decode("utf-8", errors="replace")
    return text.removeprefix("\ufeff")


def _nearby(target: Path) -> str:
    folder = target.parent if target.parent.is_dir() else Path(".")
    names = [path.name for path in folder.iterdir() if path.suffix in (".ipynb", ".py")]
    near = difflib.get_close_matches(target.name, names, n=1)
    return f"Did you mean {folder / near[0]}?" if near else "Give an exercise notebook, or a .py file with --task."


# ---------------------------------------------------------------- what the text tells


def classify(text: str, task: Task) -> Evidence | None:
    """Evidence for an answer that needn't be run: empty, untouched, not Python, or without a trace of the function.

    None when it has to be run to be judged.
    """
    if not text.strip("\ufeff \t\r\n\f"):
        return Evidence("no_function", facts={"untouched": "empty"})
    try:
        tree = _parse(text)
    except SyntaxError as error:
        message = error.msg or "invalid syntax"
        line = error.lineno
        raised = Raised(
            type(error).__name__, message, ("SyntaxError", "Exception"), line, str(error.text or "").strip()
        )
        return Evidence("not_loaded", error=raised)
    except (ValueError, RecursionError, MemoryError) as error:  # a null byte, say; nesting without end
        return Evidence("not_loaded", error=Raised(type(error).__name__, str(error), ("Exception",)))
    if not _code(tree):
        return Evidence("no_function", facts={"untouched": "empty"})
    if _is_stub(tree, task):
        return Evidence("no_function", facts={"untouched": "stub", **({"given": True} if _is_given(task) else {})})
    if not _may_define(tree, task.function):
        return Evidence("no_function", found=tuple(_functions(tree)))
    return None


def clues(text: str, task: Task) -> dict[str, Any]:
    """Lines of the source that help to name a mistake which the evidence has already shown.

    They never decide a verdict: the ledger and the measurements do. Values are line numbers.
    """
    try:
        tree = _parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    return _Clues(tree, task.function).found


def _parse(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an "invalid escape sequence" is the learner's own affair
        return ast.parse(text)


def _code(tree: ast.Module) -> list[ast.stmt]:
    return [node for node in tree.body if not _says_nothing(node)]


def _says_nothing(node: ast.stmt) -> bool:
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def _is_stub(tree: ast.Module, task: Task) -> bool:
    """Untouched: the stub itself, or a function of the task's name whose body says nothing yet."""
    try:
        if _same(tree, _parse(course.stub(task.name))):
            return True
    except Problem:
        pass  # the exercise isn't written yet: judge by the body alone
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
    named = [node for node in functions if node.name == task.function and isinstance(node, ast.stmt)]
    return bool(named) and all(_does_nothing(node) for node in named) and not _bound_otherwise(tree, task.function)


def _is_given(task: Task) -> bool:
    """Whether the task gives a program to mend, not one to write."""
    try:
        return bool(course.faults(task.name))
    except Problem:
        return False


def _same(one: ast.Module, other: ast.Module) -> bool:
    return ast.dump(one) == ast.dump(other)


def _does_nothing(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    return all(_says_nothing(each) or _not_implemented(each) for each in node.body)


def _not_implemented(node: ast.stmt) -> bool:
    return isinstance(node, ast.Raise) and "NotImplementedError" in ast.dump(node)


def _functions(tree: ast.Module) -> list[str]:
    return [n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]


def _bound_otherwise(tree: ast.Module, name: str) -> bool:
    """Whether the name is bound by something other than a definition: ``fetch = partial(…)``, an import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store):
            return True
        if isinstance(node, ast.alias) and (node.asname or node.name) in (name, "*"):
            return True
    return False


def _may_define(tree: ast.Module, name: str) -> bool:
    """Whether running it could define `name`: by a definition, a binding, or as a text (globals()["name"])."""
    if _bound_otherwise(tree, name):
        return True
    for node in ast.walk(tree):
        if getattr(node, "name", None) == name:
            return True
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and name in node.value.split():
            if node.value.strip() == name:
                return True
        if isinstance(node, ast.Name) and node.id in ("globals", "exec", "setattr", "vars"):
            return True
    return False


_BLOCKING = {"requests", "urllib", "urllib3", "http", "pycurl", "socket"}
_ASYNC = {"aiohttp", "httpx", "anyio", "trio"}
_CLOCKS = {"perf_counter", "monotonic", "time", "process_time", "thread_time", "getrusage", "times", "clock_gettime"}


_STARTS_A_TASK = {  # a TaskGroup's own create_task holds what it starts
    *("asyncio.create_task", "asyncio.ensure_future", "create_task", "ensure_future"),
    *("loop.create_task", "asyncio.get_running_loop().create_task", "asyncio.get_event_loop().create_task"),
}


def _makes_lock(node: ast.expr | None) -> bool:
    names = {
        each.attr if isinstance(each, ast.Attribute) else getattr(each, "id", "")
        for each in ast.walk(node or ast.Pass())
    }
    return bool(names & {"Semaphore", "BoundedSemaphore", "Lock", "Condition"})


class _Clues:
    """Which calls stand where they are made once an item: inside a loop, or in a function called from one."""

    def __init__(self, tree: ast.Module, entry: str) -> None:
        self.entry = entry
        self.found: dict[str, Any] = {}
        self.parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
        self.repeated = self._functions_called_again_and_again(tree)
        locks = sorted(set(self._locks(tree)))
        if locks:
            self.found["locks"] = locks
        self._look_at_imports(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                self._look_at(node)

    def _look_at(self, node: ast.Call) -> None:
        called = ast.unparse(node.func)
        last = called.rpartition(".")[2]
        if last == "ClientSession" or called in ("aiohttp.request", "requests.get", "httpx.AsyncClient"):
            if called == "aiohttp.request" or self._once_an_item(node):
                self.found.setdefault("session_per_item", node.lineno)
        if last in ("Semaphore", "BoundedSemaphore") and self._once_an_item(node):
            self.found.setdefault("semaphore_per_item", node.lineno)
        if last == "acquire":
            self.found.setdefault("acquired", node.lineno)
            if self._once_an_item(node):
                self.found.setdefault("acquire_per_item", node.lineno)
        if last in ("gather", "TaskGroup", "create_task", "as_completed"):
            self.found.setdefault("gathers", node.lineno)
        if last in ("close", "terminate"):
            self.found.setdefault("closes", node.lineno)
        if last in ("gather", "wait") and self._in_loop(node):
            self.found.setdefault("gather_in_loop", node.lineno)
        if last in ("to_thread", "run_in_executor", "Thread", "ThreadPoolExecutor", "ProcessPoolExecutor"):
            self.found.setdefault("given_to_threads", node.lineno)
        if last == "raise_for_status":
            self.found.setdefault("checks_status", node.lineno)
        if called in ("round", "int") or last in ("floor", "ceil"):
            self.found.setdefault("rounds", node.lineno)
        if last.removesuffix("_ns") in _CLOCKS:
            self.found.setdefault("reads_clock", node.lineno)
        if last in ("read", "text", "json") and not node.args and isinstance(self.parents.get(node), ast.Await):
            self.found.setdefault("whole_body", node.lineno)
        if isinstance(self.parents.get(node), ast.Expr) and called in _STARTS_A_TASK:
            self.found.setdefault("task_nobody_holds", node.lineno)
        for keyword in node.keywords:
            if keyword.arg == "return_exceptions":
                self.found.setdefault("returns_exceptions", node.lineno)
            if keyword.arg == "force_close" and getattr(keyword.value, "value", None) is True:
                self.found.setdefault("force_close", node.lineno)
            if keyword.arg == "raise_for_status":
                self.found.setdefault("checks_status", node.lineno)
            if keyword.arg == "headers" and "close" in ast.unparse(keyword.value).lower():
                self.found.setdefault("force_close", node.lineno)

    def _look_at_imports(self, tree: ast.Module) -> None:
        """Whether all it has to speak HTTP with are libraries that block."""
        modules = {a.name.partition(".")[0] for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
        modules |= {(n.module or "").partition(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        if modules & _BLOCKING and not modules & _ASYNC:
            self.found["blocking_client"] = True

    def _locks(self, tree: ast.Module) -> list[str]:
        """Names bound to a semaphore, a lock or a condition, and parameters that are given one."""
        made = [n for n in ast.walk(tree) if isinstance(n, ast.Assign | ast.AnnAssign) and _makes_lock(n.value)]
        return [ast.unparse(t) for n in made for t in (n.targets if isinstance(n, ast.Assign) else [n.target])]

    def _once_an_item(self, node: ast.AST) -> bool:
        return self._in_loop(node) or any(name in self.repeated for name in self._around(node))

    def _in_loop(self, node: ast.AST) -> bool:
        """Inside a loop's body; what a loop iterates over is made once."""
        child, parent = node, self.parents.get(node)
        while parent is not None and not isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            if isinstance(parent, ast.For | ast.AsyncFor) and child is not parent.iter:
                return True
            if isinstance(parent, ast.While):
                return True
            if isinstance(parent, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
                first = parent.generators[0]
                if child is not first or not any(n is node for n in ast.walk(first.iter)):
                    return True
            child, parent = parent, self.parents.get(parent)
        return False

    def _around(self, node: ast.AST) -> list[str]:
        names, parent = [], self.parents.get(node)
        while parent is not None:
            if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef):
                names.append(parent.name)
                if parent.name == self.entry:
                    break
            parent = self.parents.get(parent)
        return [name for name in names if name != self.entry]

    def _functions_called_again_and_again(self, tree: ast.Module) -> set[str]:
        names: set[str] = set()
        for node in ast.walk(tree):
            name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
            if name and (self._in_loop(node) or self._given_to_map(node)):
                names.add(name)
        # What a repeated function calls is repeated too.
        functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
        while True:
            more = {
                inner.id if isinstance(inner, ast.Name) else inner.func.attr  # type: ignore[attr-defined]
                for f in functions
                if f.name in names and f.name != self.entry
                for inner in ast.walk(f)
                if isinstance(inner, ast.Name)
                or (isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute))
            }
            if more <= names:
                return names
            names |= more

    def _given_to_map(self, node: ast.AST) -> bool:
        parent = self.parents.get(node)
        return isinstance(parent, ast.Call) and ast.unparse(parent.func).rpartition(".")[2] == "map"
