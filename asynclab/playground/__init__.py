"""The playground: turn knobs, run, compare, keep runs side by side.

::

    from asynclab import playground
    from asynclab.playground import Setting

    board = await playground.start(Setting(way="threads"), Setting(way="coroutines"))
    board.runs["B"].evidence      # what a run did, as measure() gives it
    await board.run(Setting(way="coroutines", at_once=200))   # one more, kept and drawn
    trial = await playground.run(Setting(failures=0.5))        # one that no board keeps

`setting` what is asked for, as plain data; `ways` the programs that are measured; `trial` one measured
run; `board` the runs that are kept, as a table and pictures; `controls` the widgets.
"""

from __future__ import annotations

from asynclab.playground.board import Board, start
from asynclab.playground.setting import Setting
from asynclab.playground.trial import Trial, run

__all__ = ["Board", "Setting", "Trial", "run", "start"]
