"""What an event loop did: which task held it, for how long, when it was idle.

::

    from asynclab import timeline

    with timeline() as t:
        await something()
    t.plot()          # lanes, a picture
    t.longest         # the slice that held the loop longest
    t.table()         # a line a lane
    t.slices, t.idle  # plain data

`recorder` watches, `recording` holds what was seen as plain data, `lanes` draws it.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from asynclab.timeline.recorder import Timeline as timeline
from asynclab.timeline.recording import Idle, Slice

__all__ = ["Idle", "Slice", "timeline"]


class _CallableModule(ModuleType):
    """`from asynclab import timeline` gives this module to whoever imported a part of it earlier.

    The import system binds a submodule's name in its package, and would win over the class of the
    same name; so the module can be called as well, and both ways mean the same.
    """

    def __call__(self, *args: Any, **kwargs: Any) -> timeline:
        return timeline(*args, **kwargs)


sys.modules[__name__].__class__ = _CallableModule
