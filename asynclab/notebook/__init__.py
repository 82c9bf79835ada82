"""The lab in a notebook: ``%load_ext asynclab`` brings ``%%grade``, ``%hint``, ``%solution`` and ``%progress``.

It also keeps the services running while the kernel lives, brings them back before the next cell when they were killed,
and keeps the kernel's loop awake (`wake`), so that Interrupt works in a long ``await``.
"""

from __future__ import annotations

import threading
from typing import Any

from asynclab.notebook import surroundings
from asynclab.notebook.wake import Wake

_loaded: dict[int, tuple[Any, Wake, dict[tuple[str, str], Any]]] = {}


def load(shell: Any) -> None:
    """What ``%load_ext asynclab`` does. Loading twice changes nothing; it never fails for want of a service.

    Raises Problem in a Python that lacks the course's packages.
    """
    if id(shell) in _loaded:
        return
    surroundings.check()
    from asynclab.notebook.magics import NAMES, LabMagics

    before = {(kind, name): shell.magics_manager.magics[kind].get(name) for kind, name in NAMES}
    shell.register_magics(LabMagics(shell))
    wake = Wake()
    wake.start()
    _loaded[id(shell)] = (shell, wake, before)
    shell.events.register("pre_run_cell", _revive_services)
    threading.Thread(target=_hold_services, name="asynclab services", daemon=True).start()


def unload(shell: Any) -> None:
    """What ``%unload_ext asynclab`` does: gives back what `load` took."""
    if id(shell) not in _loaded:
        return
    _, wake, before = _loaded.pop(id(shell))
    wake.stop()
    shell.events.unregister("pre_run_cell", _revive_services)
    for (kind, name), magic in before.items():
        shell.magics_manager.magics[kind].pop(name, None)
        if magic is not None:
            shell.magics_manager.magics[kind][name] = magic


def _hold_services() -> None:
    """Starts the services in the background, so that the first use finds them ready.

    What goes wrong here is told by the first use, which meets the same trouble and can be helped there.
    """
    try:
        from asynclab.services import hold_lease

        hold_lease()
    except Exception:
        pass


def _revive_services(_info: Any = None) -> None:
    """Before each cell; see `asynclab.services.revive`."""
    from asynclab.services.revive import revive

    revive()
