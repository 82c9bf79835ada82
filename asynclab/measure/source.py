"""Gathers what a function defined in a notebook or a module needs into one module's text.

The child that runs it is another process and gets source, never objects: the function's own source, and
that of every module-level name it uses, and of those that these use. Imports become import statements,
functions and classes their source, plain constants their value.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import linecache
import symtable
import sys
import textwrap
import types
from collections.abc import Callable
from typing import Any

from asynclab.measure.spec import Source
from asynclab.problems import Problem

_LARGEST_CONSTANT = 200_000  # characters of a constant's text: more is better passed as an argument


def gather(function: Callable[..., Any]) -> Source:
    """The text of a module that holds `function` under its own name, and all it uses.

    Raises Problem, naming what can't be carried over and what to do about it.
    """
    function = inspect.unwrap(function)
    if isinstance(function, types.MethodType) or not isinstance(function, (types.FunctionType, type)):
        raise Problem(
            f"measure() takes a function, and {_shown(function)} is not one that can be sent to another process.",
            "Define a function with `def` or `async def` in a cell of its own and pass that.",
        )
    if function.__name__ == "<lambda>":
        raise Problem("measure() can't send a lambda to another process.", "Give it a name with `def`.")
    if isinstance(function, types.FunctionType) and function.__closure__:
        names = ", ".join(function.__code__.co_freevars)
        raise Problem(
            f"{function.__name__}() uses {names} of the function around it, which can't be sent to another process.",
            f"Define {function.__name__}() at the top level of a cell and pass {names} as arguments.",
        )
    bundle = _Bundle(_namespace(function))
    bundle.add(function.__name__, function)
    return Source(bundle.text())


class _Bundle:
    """Collects pieces of source until nothing is missing."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self._namespace = namespace
        self._seen: set[str] = set()
        self._futures: set[str] = set()
        self._imports: list[str] = []
        self._pieces: list[str] = []

    def text(self) -> str:
        future = [f"from __future__ import {name}" for name in sorted(self._futures)]
        return "\n".join([*future, *sorted(self._imports), "", "", *self._pieces])

    def add(self, name: str, value: Any) -> None:
        """Takes in the object that is called `name`, after everything that it needs."""
        if name in self._seen:
            return
        self._seen.add(name)
        if hasattr(builtins, name) and getattr(value, "__wrapped__", None) is getattr(builtins, name):
            return  # the notebook's own `open`, a wrapper around the built-in one
        if isinstance(value, types.ModuleType):
            self._imports.append(_import(value.__name__, name))
        elif isinstance(value, (types.FunctionType, type)) and _is_local(value, self._namespace):
            self._add_source(name, value)
        elif isinstance(value, types.FunctionType | type | types.BuiltinFunctionType) or _importable(value, name):
            self._add_import_from(name, value)
        else:
            self._add_constant(name, value)

    def _add_source(self, name: str, value: Any) -> None:
        source = _source_of(value)
        self._futures |= _futures_of(value)
        for used in _names(source):
            if used in self._namespace:
                self.add(used, self._namespace[used])
            elif not hasattr(builtins, used) and used not in self._seen:
                continue  # the run itself says NameError, in the words a learner knows
        self._pieces.append(source.rstrip() + "\n")
        if value.__name__ != name:
            self._pieces.append(f"{name} = {value.__name__}\n")

    def _add_import_from(self, name: str, value: Any) -> None:
        module = getattr(value, "__module__", None) or _home_of(value, name)
        original = getattr(value, "__name__", name)
        home = sys.modules.get(module or "")
        if home is None or getattr(home, original, None) is not value:
            module, original = _home_of(value, name), name
        if module is None:
            raise _cannot(name, value)
        alias = "" if original == name else f" as {name}"
        self._imports.append(f"from {module} import {original}{alias}")

    def _add_constant(self, name: str, value: Any) -> None:
        text = repr(value)
        try:
            same = ast.literal_eval(text) == value
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            same = False
        if not same:
            raise _cannot(name, value)
        if len(text) > _LARGEST_CONSTANT:
            raise Problem(f"`{name}` is too large to be written into the measured source.", f"Pass {name} as argument.")
        self._pieces.append(f"{name} = {text}\n")


def _cannot(name: str, value: Any) -> Problem:
    return Problem(
        f"`{name}` (a {type(value).__name__}) can't be sent to the process that is measured.",
        f"Pass what you need of it as an argument of plain values, or make {name} inside the function.",
    )


def _namespace(function: Any) -> dict[str, Any]:
    if isinstance(function, types.FunctionType):
        return function.__globals__
    return vars(sys.modules[function.__module__])


def _is_local(value: Any, namespace: dict[str, Any]) -> bool:
    """Whether it was defined where the measured function was, or in a module without a file to import."""
    value = inspect.unwrap(value)  # a decorated function is known by its own globals, not its decorator's
    if isinstance(value, types.FunctionType):
        return value.__globals__ is namespace and value.__module__ == namespace.get("__name__")
    return value.__module__ == namespace.get("__name__")


def _source_of(value: Any) -> str:
    try:
        if isinstance(value, type):
            return _class_source(value)
        return textwrap.dedent(inspect.getsource(value))
    except (OSError, TypeError) as error:
        raise Problem(
            f"The source of `{value.__name__}` can't be found.",
            "Run the cell that defines it once more, then measure again.",
        ) from error


def _class_source(kind: type) -> str:
    """The text of a class. One of a cell has no file that inspect could know: it is looked for in the cells."""
    if kind.__module__ != "__main__":
        return textwrap.dedent(inspect.getsource(kind))
    for filename in _cells_of(kind):
        lines = linecache.getlines(filename)
        try:
            tree = ast.parse("".join(lines))
        except (SyntaxError, ValueError):
            continue  # a cell with IPython's own syntax
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and node.name == kind.__name__:
                start = min([node.lineno, *[decorator.lineno for decorator in node.decorator_list]])
                return textwrap.dedent("".join(lines[start - 1 : node.end_lineno]))
    return textwrap.dedent(inspect.getsource(kind))


def _cells_of(kind: type) -> list[str]:
    """Where its methods were compiled; then every cell that was run, the latest first."""
    members = [inspect.unwrap(getattr(member, "__func__", member)) for member in vars(kind).values()]
    codes = [getattr(member, "__code__", None) for member in members]
    homes = [code.co_filename for code in codes if code is not None]
    cells = [name for name, entry in linecache.cache.items() if len(entry) == 4 and entry[1] is None]
    return [*dict.fromkeys([*homes, *reversed(cells)])]


def _futures_of(value: Any) -> set[str]:
    """The ``from __future__`` imports under which it was compiled: they change what annotations mean."""
    import __future__

    functions = [value] if isinstance(value, types.FunctionType) else vars(value).values()
    flags = 0
    for function in functions:
        code = getattr(function, "__code__", None)
        flags |= code.co_flags if code is not None else 0
    return {"annotations"} if flags & __future__.annotations.compiler_flag else set()


def _names(source: str) -> list[str]:
    """Every name of the module that is used anywhere in the source, in the order of its first use.

    Parameters and other local names are not: a notebook may well have a global `session` beside them.
    """
    of_module: set[str] = set()
    tables = [symtable.symtable(source, "<measured>", "exec")]
    for table in tables:
        top = table.get_type() == "module"
        of_module |= {s.get_name() for s in table.get_symbols() if s.is_referenced() and (top or s.is_global())}
        tables += table.get_children()
    names: dict[str, None] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name) and node.id in of_module:
            names[node.id] = None
        for annotation in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if isinstance(annotation, ast.Constant) and str(annotation.value).isidentifier():  # written as text
                names[str(annotation.value)] = None
    return list(names)


def _import(module: str, name: str) -> str:
    if module == name:
        return f"import {module}"
    return f"import {module} as {name}"


def _importable(value: Any, name: str) -> bool:
    return _home_of(value, name) is not None and not isinstance(value, (int, str, float, bytes, bool, type(None)))


def _home_of(value: Any, name: str) -> str | None:
    """A module that has this very object under this name, and a file or a loader to import it by."""
    stated = getattr(value, "__module__", None)
    candidates = [stated] if isinstance(stated, str) else []
    candidates += [module for module in sys.modules if module not in candidates]
    for module_name in candidates:
        module = sys.modules.get(module_name)
        if module_name in ("__main__", "builtins") or getattr(module, "__spec__", None) is None:
            continue
        if vars(module).get(name) is value:
            return module_name
    return None


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"
