"""The child: the process in which an answer runs. A program of its own, not imported by the lab.

    python -I -X utf8 child.py PLAN

It stands alone (the standard library and the files beside it) and is told nothing it could use: no
expected value, no limit, no verdict. PLAN is JSON: the inherited descriptors, the protection to enter.

Two processes come of it. The *tender* is the first: it stays small, reaps whatever the answer leaves
behind, says how the answer's process ended, and ends everything once its line to the supervisor
closes (which it does, too, when the supervisor dies). The *measured* process loads the answer, says
ready, calls it at the supervisor's go and sends what came of it.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sys
import time
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from types import FrameType

    from asynclab.measure import confine, given, wire
else:
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    import confine
    import given
    import wire

PRELOADED = (
    "aiofiles aiohttp asyncio asyncpg collections concurrent.futures contextlib csv dataclasses datetime decimal"
    " encodings.idna functools heapq html.parser inspect itertools json linecache math pathlib psycopg2 queue"
    " random re requests ssl statistics string tempfile threading time typing urllib.parse urllib.request uuid"
).split()


# asyncpg's own tasks; a task that an answer makes of `pool.fetchrow(…)` is the answer's.
POOLS_OWN = ("_maintain_min_size", "release", "close")


def main() -> None:
    """Reads the plan, enters the protection, splits into tender and measured process."""
    plan = json.loads(sys.argv[1])
    if plan["mode"] == "probe":
        confine.enter(plan)
        confine.drop(plan)
        os._exit(0)
    if plan["mode"] == "server":
        serve(plan)
    fds = {name: int(fd) for name, fd in plan["fds"].items()}
    try:
        confine.enter(plan)  # returns in the process that becomes the tender
    except OSError as error:
        os.write(fds["output"], f"{type(error).__name__}: {error}".encode())
        os._exit(70)
    split(plan, fds)


def serve(plan: dict[str, Any]) -> NoReturn:
    """The warm server: imports once, then makes a child of itself for each plan that arrives.

    It never runs anything of an answer. Its line's end is its own.
    """

    preload(plan)
    line = socket.socket(fileno=plan["line"])
    confine.become_subreaper()
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        select.select([line], [], [], 1.0)
        reap()
        if not select.select([line], [], [], 0)[0]:
            continue
        head, fds, _, _ = socket.recv_fds(line, 4, 16)
        if not head:
            os._exit(0)
        length, data = int.from_bytes(head, "big"), b""
        while len(data) < length:  # not a byte further: with the next request come its descriptors
            data += line.recv(length - len(data))
        child_plan = json.loads(data)
        if os.fork() == 0:
            try:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                line.close()
                os.setsid()
                confine.enter(child_plan)
                split(child_plan, dict(zip(child_plan["names"], fds, strict=True)))
            except BaseException as error:
                os.write(fds[child_plan["names"].index("output")], f"{type(error).__name__}: {error}".encode())
            os._exit(70)
        for fd in fds:
            os.close(fd)


def reap() -> None:
    """Takes the ends of children that nobody waits for."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def preload(plan: dict[str, Any]) -> None:
    """Imports what answers use, so that no clock sees an import."""
    for path in plan["paths"]:
        if path not in sys.path:
            sys.path.append(path)
    import gc
    import importlib

    here = os.path.dirname(os.path.abspath(__file__))
    for name in PRELOADED:
        try:
            importlib.import_module(name)
        except ImportError:
            pass  # an answer that needs it says so itself, in words that a learner knows
    if here in sys.path:
        sys.path.remove(here)
        gc.collect()
        gc.freeze()


def split(plan: dict[str, Any], fds: dict[str, int]) -> NoReturn:
    """Forks: the parent tends, the child is measured."""

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    tender = os.getpid()
    if tender != 1:
        confine.become_subreaper()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        os.close(fds["tender"])
        try:
            measured(plan, fds, tender)
        except BaseException as error:
            import traceback

            sys.stderr.write("asynclab: " + "".join(traceback.format_exception(error)))
            sys.stderr.flush()
            os._exit(70)
    for name, fd in fds.items():
        if name != "tender":
            os.close(fd)
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    tend(socket.socket(fileno=fds["tender"]), child)


def tend(line: socket.socket, child: int) -> NoReturn:
    """Waits for the line to close or the child to end; reaps; at the end leaves nothing behind."""

    # With it the supervisor gets this process's number, as it is outside.
    line.send(json.dumps({"pid": os.getpid()}).encode())
    poll = select.poll()
    poll.register(line.fileno(), select.POLLIN | select.POLLHUP)
    pidfd = os.pidfd_open(child) if sys.platform == "linux" else None
    if pidfd is not None:
        poll.register(pidfd, select.POLLIN)
    over = False
    while True:
        ready = dict(poll.poll(500 if pidfd is not None else 20))
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if not pid:
                break
            if pid == child and not over:
                over = True
                if pidfd is not None:
                    poll.unregister(pidfd)
                report = {"status": os.waitstatus_to_exitcode(status), "cpu": usage.ru_utime + usage.ru_stime}
                try:
                    line.send(json.dumps(report).encode())
                except OSError:
                    pass
        if line.fileno() in ready:
            break
    confine.end_descendants()
    os._exit(0)


def measured(plan: dict[str, Any], fds: dict[str, int], tender: int) -> NoReturn:
    """Becomes the process that is measured: descriptors, limits, imports; then serves one call."""

    confine.die_with_parent(tender)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.setsid()
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(fds["output"], 1)
    os.dup2(fds["output"], 2)
    os.close(fds["output"])
    sys.stdin = open(0, closefd=False)
    sys.stdout = open(1, "w", buffering=1, closefd=False, errors="backslashreplace")
    sys.stderr = open(2, "w", buffering=1, closefd=False, errors="backslashreplace")
    for name in ("stdin", "stdout", "stderr"):
        setattr(sys, f"__{name}__", getattr(sys, name))
    os.chdir(plan["home"])
    os.environ.clear()
    os.environ.update(plan["environ"])
    preload(plan)
    listener = None
    if plan.get("listen"):
        listener = socket.create_server(("127.0.0.1", int(plan["listen"])), backlog=4096)
    confine.drop(plan)
    confine.fill_in_pages()
    Call(plan, fds, listener).serve()


class Call:
    """One call of one function, from the first word to the last."""

    def __init__(self, plan: dict[str, Any], fds: dict[str, int], listener: socket.socket | None) -> None:
        import asyncio

        self.control = socket.socket(fileno=fds["control"])
        self.beats = socket.socket(fileno=fds["beats"])
        self.calls = given.Calls(socket.socket(fileno=fds["calls"]))
        self.stacks = fds["stacks"]
        self.frames = wire.Frames(limit=1 << 31)
        self.queue: list[dict[str, Any]] = []
        self.paths: list[str] = plan["paths"]
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(asyncio.sleep(0.001))
        self.jobs = given.JobRunner(self.say, self.decode)
        self.task: asyncio.Task[None] | None = None
        self.pool: Any = None
        self.writer: Any = None
        self.reported = False
        self.cancelled = False
        self.beat_number = 0
        self.warnings: list[str] = []
        self.lost: list[str] = []
        self.threads_started = 0
        self.processes_started = 0
        hello = wire.pack({"say": "hello", "pid": os.getpid()})
        if listener is None:
            self.control.send(hello)
        else:
            socket.send_fds(self.control, [hello], [listener.fileno()])
            listener.close()

    # --- words with the supervisor ---

    def say(self, message: dict[str, Any]) -> None:
        self.control.sendall(wire.pack(message))

    def hear(self) -> dict[str, Any]:
        """The next message, waited for."""
        while not self.queue:
            data = self.control.recv(1 << 20)
            if not data:
                os._exit(0)
            self.queue += self.frames.feed(data)
        return self.queue.pop(0)

    def hear_in_loop(self) -> None:
        """Called by the loop when there is something to read."""
        try:
            data = self.control.recv(1 << 20, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        if not data:
            os._exit(0)
        for message in self.frames.feed(data):
            self.take(message)

    def take(self, message: dict[str, Any]) -> None:
        """What the supervisor says while the call runs."""
        what = message["say"]
        if what == "job":
            self.jobs.answered(message)
        elif what == "cancel" and self.task is not None:
            self.cancelled = True
            self.task.cancel()
        elif what == "stand":
            self.say({"say": "standing", "tasks": self.standing()})

    def encode(self, value: Any) -> Any:
        return wire.Encoder().encode(value)

    def decode(self, data: Any) -> Any:
        return wire.decode(data)

    # --- the course of a call ---

    def serve(self) -> NoReturn:
        job = self.hear()
        self.limit(job)
        self.record_troubles()
        function = self.load(job)
        if job.get("pool"):
            self.loop.run_until_complete(self.connect(job["pool"]))
        confine.give_back_memory()
        self.say({"say": "ready"})
        go = self.hear()
        args, kwargs = self.arguments(job, go)
        if self.in_loop(job, function):
            self.run_in_loop(function, args, kwargs, job["heartbeat"])
        else:
            self.run_plainly(function, args, kwargs, job["heartbeat"])
        while True:
            self.hear()  # the supervisor ends this process when it has seen enough

    def limit(self, job: dict[str, Any]) -> None:
        import resource

        for name, amount in job["rlimits"].items():
            number = getattr(resource, "RLIMIT_" + name, None)
            if number is None:
                continue
            hard = resource.getrlimit(number)[1]
            amount = amount if hard == resource.RLIM_INFINITY else min(amount, hard)
            resource.setrlimit(number, (amount, amount))

    def load(self, job: dict[str, Any]) -> Any:
        """Loads the answer (and a driver over it) and finds the function; ends the talk when it can't."""
        try:
            module = self.load_module(job["name"], job["source"], "<answer>")
            if job.get("driver") is not None:
                sys.modules["answer"] = module
                module = self.load_module("driver", job["driver"], "<driver>")
        except BaseException as error:
            self.say({"say": "not_loaded", "error": wire.describe(error)})
            self.flush()
            self.linger()
        function = module.__dict__.get(job["function"])
        if not callable(function):
            home = module.__name__
            found = [
                name
                for name, value in list(module.__dict__.items())
                if type(name) is str
                and type(value) in (type(main), type)
                and getattr(value, "__module__", None) == home
                and not name.startswith("_")
            ]
            self.say({"say": "no_function", "found": found[:50]})
            self.flush()
            self.linger()
        return function

    def load_module(self, name: str, text: str, filename: str) -> Any:
        import linecache
        import types

        text = text.removeprefix("\ufeff")
        module = types.ModuleType(name)
        module.__dict__["__file__"] = filename
        sys.modules[name] = module
        linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
        code = compile(text, filename, "exec", dont_inherit=True)
        exec(code, module.__dict__)
        return module

    def linger(self) -> NoReturn:
        while True:
            self.hear()

    def flush(self) -> None:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except Exception:
                pass  # the answer may have put anything there

    async def connect(self, pool: dict[str, Any]) -> None:
        import asyncpg

        self.pool = await asyncpg.create_pool(pool["dsn"], min_size=pool["max_size"], max_size=pool["max_size"])
        self.peak_held = 0

    def arguments(self, job: dict[str, Any], go: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """The arguments, with what the markers stand for."""
        things = job["given"]
        markers = Markers(job["folder"], pool=self.pool)
        if job.get("pool"):
            markers["dsn"] = job["pool"]["dsn"]
        if "jobs" in things:
            markers.jobs = (self.jobs, things["jobs"])
        if "step" in things:
            markers["step"] = given.step(self.calls, self.encode, things["step"])
        markers["work"] = given.work(self.calls)
        self.writer = given.Writer(self.calls, self.encode)
        markers["write"] = self.writer.write_async if things.get("write_async") else self.writer.write
        if "rows" in things:
            markers["rows"] = given.rows(**things["rows"])
        args, kwargs = wire.decode(go["args"], markers)
        return args, kwargs

    def in_loop(self, job: dict[str, Any], function: Any) -> bool:
        import inspect

        if job["in_loop"] is not None:
            return bool(job["in_loop"])
        return inspect.iscoroutinefunction(function)

    def run_plainly(self, function: Any, args: list[Any], kwargs: dict[str, Any], heartbeat: bool) -> None:
        """A plain function, in the main thread with no loop; what it gives is awaited when it can be."""
        import asyncio
        import inspect

        asyncio.set_event_loop(None)
        self.register_stacks()
        try:
            value = function(*args, **kwargs)
            if inspect.iscoroutine(value) or asyncio.isfuture(value):
                self.run_in_loop(given_back, [value], {}, heartbeat)
                return
            self.report("returned", value, awaited=False)
        except BaseException as error:
            self.report_error("raised", error)
        value = None
        del args, kwargs
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self.after())

    def run_in_loop(self, function: Any, args: list[Any], kwargs: dict[str, Any], heartbeat: bool) -> None:
        import asyncio

        loop = self.loop
        asyncio.set_event_loop(loop)
        loop.set_exception_handler(self.trouble_in_loop)
        self.register_stacks()
        loop.add_reader(self.control.fileno(), self.hear_in_loop)
        if heartbeat:
            loop.call_soon(self.beat)
        call = self.call(function, args, kwargs)
        del function, args, kwargs
        self.task = loop.create_task(call, name="call")
        del call
        # On a busy machine a cancel may have come together with the go: the call has its time first.
        early, self.queue = self.queue, []
        for message in early:
            loop.call_later(message.get("after", 0), self.take, message)
        while not self.task.done():
            try:
                loop.run_until_complete(self.task)
            except BaseException as error:  # SystemExit and KeyboardInterrupt stop a loop on their way out
                if not self.reported and self.task.done():
                    self.report_error("raised", error)
                elif isinstance(error, RuntimeError) and loop.is_closed():
                    self.report_error("raised", error)
                    return
        self.task = None
        loop.run_until_complete(self.after())
        loop.remove_reader(self.control.fileno())

    async def call(self, function: Any, args: list[Any], kwargs: dict[str, Any]) -> None:
        """The call itself. The answer is reported in the same step in which it is there."""
        import asyncio
        import inspect

        try:
            value = function(*args, **kwargs)
            awaited = inspect.isawaitable(value)
            if awaited:
                value = await value
        except asyncio.CancelledError as error:
            self.report_error("cancelled" if self.cancelled else "raised", error)
        except BaseException as error:
            self.report_error("raised", error)
        else:
            self.report("returned", value, awaited=awaited)

    def report(self, what: str, value: Any, awaited: bool) -> None:
        self.say_end()
        if self.writer is not None:
            self.writer.flush()
        encoder = wire.Encoder()
        message: dict[str, Any] = {"say": what, "awaited": awaited, "peak": confine.peak_memory()}
        try:
            message["value"] = encoder.encode(value)
            message["opaque"] = encoder.opaque[:20]
        except wire.Unreadable as error:
            message["unreadable"] = str(error)
        self.send_report(message)

    def report_error(self, what: str, error: BaseException) -> None:
        self.say_end()
        self.send_report({"say": what, "error": wire.describe(error)})

    def send_report(self, message: dict[str, Any]) -> None:
        if self.reported:
            return
        self.reported = True
        self.flush()
        try:
            frame = wire.pack(message)
        except (ValueError, RecursionError) as error:
            frame = wire.pack({"say": "returned", "unreadable": f"the value can't be written: {error}"})
        self.control.sendall(frame)

    # --- the heartbeat ---

    def say_end(self) -> None:
        self.send_beat(b"E")

    def send_beat(self, kind: bytes) -> None:
        self.beat_number += 1
        try:
            self.beats.send(kind + self.beat_number.to_bytes(8, "big"), socket.MSG_DONTWAIT)
        except OSError:
            pass  # the number tells the supervisor that one is missing

    def beat(self) -> None:
        # A chain of callbacks, not a task: an answer that cancels all tasks must not end it.
        if self.reported:
            return
        self.send_beat(b".")
        self.loop.call_later(0.005, self.beat)

    def register_stacks(self) -> None:
        """From here on signals make Python, or C where Python doesn't come to it, write where a thread stands."""
        import faulthandler

        signal.signal(wire.HERE_SIGNAL, self.write_here)
        faulthandler.register(wire.HERE_IN_C_SIGNAL, file=self.stacks, all_threads=False, chain=False)
        faulthandler.register(wire.ALL_SIGNAL, file=self.stacks, all_threads=True, chain=False)
        faulthandler.enable(file=self.stacks, all_threads=False)

    def write_here(self, _: int, frame: FrameType | None) -> None:
        """The stack as faulthandler writes it. Nothing in here may reach the answer that it interrupts."""
        try:
            told: list[str] = []
            while frame is not None and len(told) < 100:
                told.append(f'  File "{frame.f_code.co_filename}", line {frame.f_lineno} in {frame.f_code.co_name}')
                frame = frame.f_back
            os.write(self.stacks, "\n".join(told).encode("utf-8", "replace") + b"\n")
        except BaseException:
            pass  # the pipe is full, or the answer stands at the end of its stack

    # --- what went wrong beside the call ---

    def record_troubles(self) -> None:
        import threading
        import warnings

        def show(message: Any, category: type, filename: str, lineno: int, *_: Any, **__: Any) -> None:
            if len(self.warnings) < 200:
                where = f" (line {lineno})" if filename == "<answer>" else ""
                self.warnings.append(wire.short(str(message), 500) + where)

        warnings.simplefilter("always", ResourceWarning)
        warnings.simplefilter("always", RuntimeWarning)
        warnings.showwarning = show
        threading.excepthook = lambda args: self.lose(args.exc_value)
        sys.unraisablehook = lambda args: self.lose(args.exc_value)
        sys.addaudithook(self.count)
        if sys.version_info < (3, 12):
            self.count_threads()

    def count_threads(self) -> None:
        """Python 3.11 raises no audit event where a thread is started: there its function is wrapped."""
        import _thread
        import threading

        start = _thread.start_new_thread

        def counted(*arguments: Any, **named: Any) -> int:
            self.threads_started += 1
            return start(*arguments, **named)

        _thread.start_new_thread = counted
        threading._start_new_thread = counted  # type: ignore[attr-defined]

    def count(self, event: str, _: Any) -> None:
        if event in ("_thread.start_new_thread", "_thread.start_joinable_thread"):
            self.threads_started += 1
        elif event in ("os.fork", "os.forkpty", "os.posix_spawn", "subprocess.Popen", "os.system"):
            self.processes_started += 1

    def lose(self, error: BaseException | None) -> None:
        if error is not None and len(self.lost) < 200 and not issubclass(type(error), SystemExit):
            told = wire.describe(error)
            where = f" (line {told['line']})" if told["line"] else ""
            self.lost.append(wire.short(f"{told['type']}: {told['message']}", 500) + where)

    def trouble_in_loop(self, _: Any, context: dict[str, Any]) -> None:
        message = str(context.get("message", ""))
        error = context.get("exception")
        if error is not None:
            self.lose(error)
        elif len(self.warnings) < 200:
            task = context.get("task")
            name = f": {self.coroutine_name(task)}" if task is not None else ""
            self.warnings.append(wire.short(message, 400) + name)

    # --- what is left ---

    async def after(self) -> None:
        """Looks at what the call left behind, and says it."""
        import asyncio
        import gc
        import threading

        await asyncio.sleep(0)
        await asyncio.sleep(0)
        started = time.monotonic()
        left: list[dict[str, Any]] = []
        tasks = self.others()
        for task in list(tasks)[:200]:
            left.append({"what": "task", "name": self.coroutine_name(task), "place": self.place_of(task)})
        ended: dict[int, float] = {}
        for number, task in enumerate(list(tasks)[:200]):
            task.add_done_callback(lambda _, number=number: ended.setdefault(number, time.monotonic() - started))
        if tasks:
            await asyncio.wait(tasks, timeout=0.25)
        for number, seconds in ended.items():
            left[number]["seconds"] = round(seconds, 4)
        tasks.clear()
        task = None  # the loop above must not keep a lost task alive
        left += self.threads_left(threading)
        for _ in range(50):
            if not (self.held_connections() and self.gives_back()):
                break
            await asyncio.sleep(0.01)
        held = self.held_connections()
        left += [{"what": "connection", "name": "acquired from the pool"}] * held
        gc.collect()
        await asyncio.sleep(0)
        gc.collect()
        self.look_for_sessions(gc)
        message = {
            "say": "after",
            "left": left[:400],
            "warnings": self.warnings,
            "lost": self.lost,
            "threads_started": self.threads_started,
            "processes_started": self.processes_started,
        }
        if self.pool is not None:
            message["pool"] = {"held_after": held}
        self.flush()
        self.say(message)

    def others(self) -> set[Any]:
        """The tasks that are not the lab's and not a pool's own maintenance."""
        import asyncio

        current = asyncio.current_task()
        found = set()
        for task in asyncio.all_tasks():
            code = getattr(task.get_coro(), "cr_code", None)
            library = getattr(code, "co_filename", "")
            own = library.endswith("asyncpg/pool.py") and getattr(code, "co_name", "") in POOLS_OWN
            if task is not current and not own and not library.endswith("child.py"):
                found.add(task)
        return found

    def coroutine_name(self, task: Any) -> str:
        coroutine = task.get_coro() if hasattr(task, "get_coro") else None
        name = getattr(coroutine, "__qualname__", None)
        return wire.short(name if isinstance(name, str) else str(task), 200)

    def place_of(self, task: Any) -> list[Any] | None:
        """[line, function, text]: the deepest line of the answer at which the task stands."""
        import linecache

        place = None
        coroutine = task.get_coro()
        for _ in range(100):
            frame = getattr(coroutine, "cr_frame", None) or getattr(coroutine, "gi_frame", None)
            if frame is not None and frame.f_code.co_filename == "<answer>":
                text = linecache.getline("<answer>", frame.f_lineno).strip()
                place = [frame.f_lineno, frame.f_code.co_name, wire.short(text, 200)]
            coroutine = getattr(coroutine, "cr_await", None) or getattr(coroutine, "gi_yieldfrom", None)
            if coroutine is None:
                break
        return place

    def standing(self) -> list[Any]:
        """Where every unfinished task stands, the answer's own lines only."""
        import asyncio

        tasks = [task for task in asyncio.all_tasks(self.loop) if not task.done()]
        return [place for place in map(self.place_of, tasks[:1000]) if place][:50]

    def threads_left(self, threading: Any) -> list[dict[str, Any]]:
        """Python threads still there, but for idle workers of the loop's own default executor."""
        executor = getattr(self.loop, "_default_executor", None)
        own = set(getattr(executor, "_threads", ()) or ())
        frames = sys._current_frames()
        left = []
        for thread in threading.enumerate():
            if thread is threading.main_thread() or thread.ident is None:
                continue
            frame = frames.get(thread.ident)
            idle = frame is not None and frame.f_code.co_filename.endswith("concurrent/futures/thread.py")
            if thread in own and idle:
                continue
            place = None
            while frame is not None:
                if frame.f_code.co_filename == "<answer>":
                    place = [frame.f_lineno, frame.f_code.co_name, ""]
                    break
                frame = frame.f_back
            left.append({"what": "thread", "name": wire.short(str(thread.name), 100), "place": place})
        return left[:200]

    def held_connections(self) -> int:
        if self.pool is None:
            return 0
        return sum(holder._in_use is not None for holder in self.pool._holders)

    def gives_back(self) -> bool:
        """Whether a connection is on its way back to the pool: asyncpg shields that from a cancel."""
        import asyncio

        codes = [getattr(task.get_coro(), "cr_code", None) for task in asyncio.all_tasks()]
        return any(
            code is not None and code.co_name == "release" and code.co_filename.endswith("asyncpg/pool.py")
            for code in codes
        )

    def look_for_sessions(self, gc: Any) -> None:
        """A session that something still refers to is not collected, so it warns of nothing: look for it."""
        aiohttp = sys.modules.get("aiohttp")
        if aiohttp is None:
            return
        for thing in gc.get_objects():
            if type(thing) is aiohttp.ClientSession and not thing.closed:
                self.warnings.append("Unclosed client session")


def given_back(value: Any) -> Any:
    """What a plain function gave, to be awaited."""
    return value


class Markers(dict[str, Any]):
    """Marker name to the thing it stands for; "folder/name" and "path/name" are places in the folder."""

    def __init__(self, folder: str, **things: Any) -> None:
        super().__init__(things)
        self._folder = folder
        self.jobs: tuple[given.JobRunner, int] | None = None

    def __missing__(self, marker: str) -> Any:
        import pathlib

        if self.jobs is not None and marker in ("jobs", "jobs_iterator"):
            runner, count = self.jobs
            return runner.iterator(count) if marker == "jobs_iterator" else [runner.job(i) for i in range(count)]
        kind, _, name = marker.partition("/")
        place = os.path.join(self._folder, name) if name else self._folder
        return {"folder": str, "path": pathlib.Path}[kind](place)


if __name__ == "__main__":
    main()
