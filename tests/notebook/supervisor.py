"""A stand-in for `python -m asynclab grade`: prints progress and a record, or misbehaves, as the answer's text asks.

What it does is real (processes, pipes, signals); only the judging is made up, so that the notebook's side is tested
by itself. Called as ``supervisor.py PARENT grade --task T --json --progress FILE``.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

import records  # noqa: E402

from asynclab.grader.record import to_line  # noqa: E402
from asynclab.grader.submission import sha256  # noqa: E402


def say(said: str, done: int, of: int) -> None:
    print(json.dumps({"say": said, "done": done, "of": of}), file=sys.stderr, flush=True)


def main() -> int:
    from asynclab.notebook.tether import tie_to_parent

    tie_to_parent(int(sys.argv[1]))
    task, file = sys.argv[sys.argv.index("--task") + 1], Path(sys.argv[-1])
    source = file.read_text()
    asked = next((line[2:].split() for line in source.splitlines() if line.startswith("# supervisor:")), ["", "passed"])
    for number in range(3):
        say("running your answer", number, 3)
    what = asked[1]
    if what == "hang":  # and its children too, one of them with a session of its own; none obeys
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        stubborn = "import signal,time; signal.signal(signal.SIGINT, signal.SIG_IGN); time.sleep(600)"
        children = [subprocess.Popen([sys.executable, "-c", stubborn], start_new_session=bool(n)) for n in range(2)]
        Path(asked[2]).write_text(" ".join(map(str, [os.getpid(), *(c.pid for c in children)])))
        time.sleep(600)
    if what == "problem":
        print("The site could not be started.", "Free the port and try again.", sep="\n", file=sys.stderr)
        return 2
    if what == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "noise":
        print("not a record at all")
        return 0
    if what == "linger":  # a process left behind holds both pipes open
        left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        Path(asked[2]).write_text(str(left.pid))
    made_up = records.RECORDS.get(what, records.PASSED)
    record = replace(made_up, task=task, answer_sha256=sha256(source))
    print(to_line(record))
    return 0 if record.verdict == "passed" else 1


if __name__ == "__main__":
    raise SystemExit(main())
