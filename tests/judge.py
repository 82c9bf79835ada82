"""Known answers graded several at once: for the tests of the answers and for the bench that counts misjudgements."""

from __future__ import annotations

import queue
import threading
from concurrent.futures import Future

from asynclab.grader import Record
from asynclab.grader.folder import Worker
from asynclab.grader.protection import strongest
from asynclab.grader.record import from_json
from asynclab.services import hold_lease

AT_ONCE = 4  # on two cores: busier than a learner's machine, and a quarter of the time


class Judge:
    """Workers that grade what is asked for, first what somebody waits for."""

    def __init__(self, at_once: int = AT_ONCE, tries: int = 1) -> None:
        """At most ``tries`` gradings of an answer, as long as they are inconclusive."""
        self._tries = tries
        self._asked: queue.PriorityQueue[tuple[int, int, str, str]] = queue.PriorityQueue()
        self._results: dict[int, Future[Record]] = {}
        self._ahead: dict[tuple[str, str], int] = {}
        self._workers: list[Worker] = []
        self._ended = threading.Event()
        hold_lease()
        for _ in range(at_once):
            threading.Thread(target=self._work, daemon=True).start()

    def ahead(self, task: str, source: str) -> None:
        """Will be asked for, once."""
        self._ahead[task, source] = self._ask(1, task, source)

    def __call__(self, task: str, source: str) -> Record:
        number = self._ahead.pop((task, source), None)
        return self._results[self._ask(0, task, source) if number is None else number].result()

    def close(self) -> None:
        self._ended.set()
        for worker in self._workers:
            worker.end()

    def _ask(self, urgency: int, task: str, source: str) -> int:
        number = len(self._results)
        self._results[number] = Future()
        self._asked.put((urgency, number, task, source))
        return number

    def _work(self) -> None:
        worker = Worker(0, [], strongest(), alone=True)
        self._workers.append(worker)
        while not self._ended.is_set():
            _, number, task, source = self._asked.get()
            for _ in range(self._tries):
                told = worker.grade(task, source)
                if told is None:
                    self._results[number].set_exception(RuntimeError("the grader itself ended"))
                    return
                record = from_json(told)
                if record.verdict != "inconclusive":
                    break
            self._results[number].set_result(record)
