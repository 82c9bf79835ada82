"""asynclab: a course on asynchronous I/O in Python that measures what it teaches.

In a notebook::

    %load_ext asynclab
    from asynclab import database, measure, site, timeline

The names are loaded when they are first asked for, so that ``python3 -m asynclab`` can start on a
bare Python, before anything is installed. (For the same reason this file keeps to syntax that
Pythons too old for the course can still read: they get a sentence, not a SyntaxError.)
"""

import importlib

__version__ = "1.0.0"

# Public name -> the module it lives in.
_LAZY = {
    "database": "asynclab.services",
    "measure": "asynclab.measure",
    "plots": "asynclab",
    "site": "asynclab.services",
    "timeline": "asynclab.timeline",
}

__all__ = sorted(_LAZY)

TYPE_CHECKING = False  # typing's own would have to be imported
if TYPE_CHECKING:  # for type checkers, who would take measure and timeline for the modules of that name
    from asynclab.measure import measure as measure
    from asynclab.services import database as database
    from asynclab.services import site as site
    from asynclab.timeline import timeline as timeline


def __getattr__(name):
    module = _LAZY.get(name)
    if module is None:
        raise AttributeError("module 'asynclab' has no attribute %r" % name)
    if module == __name__:
        return importlib.import_module("asynclab." + name)
    value = getattr(importlib.import_module(module), name)
    globals()[name] = value  # a submodule of the same name must not win over the object
    return value


def load_ipython_extension(shell):
    """Called by ``%load_ext asynclab``: registers the magics and makes sure the services run."""
    import sys

    if sys.version_info < (3, 11):
        from asynclab.problems import Problem

        raise Problem(
            "This notebook's kernel is Python %d.%d, and the course needs Python 3.11 or later." % sys.version_info[:2],
            "Choose another kernel, or start the notebook with `python3 -m asynclab lab`, which brings its own.",
        )
    from asynclab.notebook import load

    load(shell)


def unload_ipython_extension(shell):
    """Called by ``%unload_ext asynclab``: gives back what `load_ipython_extension` took."""
    from asynclab.notebook import unload

    unload(shell)
