"""Each built notebook is what its lesson gives, was executed in order, and holds no error and no path."""

from __future__ import annotations

import nbformat
import pytest

from asynclab import course
from asynclab.build import store
from asynclab.build.compose import KINDS, is_saved_by_hand

MADE = [(source, kind) for source in course.notebooks() for kind in source.kinds]


@pytest.mark.parametrize(("lesson", "kind"), MADE, ids=lambda each: getattr(each, "name", each))
def test_it_is_what_its_lesson_gives(lesson: course.Page, kind: str) -> None:
    """The file, or where somebody worked in it what git has: answering and running fail nothing."""
    path = store.path_of(lesson, kind)
    if not path.is_file() and store.committed_text(path) is None:
        pytest.fail(f"{kind}/{path.name} is missing. {store.REBUILD}", pytrace=False)
    if store.current(lesson, kind) is not None:
        return
    committed = store.committed_text(path)
    if committed is None and is_saved_by_hand(nbformat.read(path, as_version=4)):
        pytest.skip(f"{kind}/{path.name} was saved by hand, and there is no git here to ask what it was")
    text = path.read_text(encoding="utf-8") if path.is_file() else committed
    pytest.fail(f"{kind}/{path.name}: {store.wrong_with(text or '', lesson, kind)}", pytrace=False)


@pytest.mark.parametrize("kind", KINDS)
def test_no_notebook_without_a_lesson(kind: str) -> None:
    """A lesson that was renamed leaves its notebooks behind in git."""
    committed = store.committed_names(kind)
    strays = set(committed) - {f"{source.name}.ipynb" for source, its_kind in MADE if its_kind == kind}
    assert not strays, f"No lesson gives {kind}/{', '.join(sorted(strays))}: remove with git rm."
