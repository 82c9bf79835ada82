"""Between two cells of a notebook: brings back the services that a kernel uses and that were killed meanwhile.

Whoever asks the lab for something brings them back by asking. But a cell may use only what an earlier cell made, a
visit's addresses or a pool of connections, and never ask: so it is looked after before each cell.
"""

from __future__ import annotations

from asynclab.problems import Problem
from asynclab.services import databases, lease, visits

_known: dict[str, int] = {}  # the services' processes when last looked at: name -> pid


def revive() -> None:
    """Brings back what was killed, this process's visits included. Costs about a millisecond when all is well.

    Does nothing in a process that doesn't use the services yet. What can't be brought back is told by its next
    use, not here: a cell that doesn't need it must run.
    """
    if not lease.used():
        return
    try:
        found = lease.call("processes")
        if _known and any(found.get(name) != pid for name, pid in _known.items()):
            visits.take_up()
            if databases.used():
                lease.call("database", **lease.database_wanted())  # answers when it lets people in
            found = lease.call("processes")
        _known.clear()
        _known.update(found)
    except Problem:
        _known.clear()
