"""The catalogue of mistakes: what each code means, why it happens, what to write instead, where it is explained.

A judgement names mistakes by code and says what was seen (`verdict.Mistake`); everything that is true of the
mistake as such stands here, so that the card, the terminal and the instructor's page say the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent

from asynclab import course
from asynclab.problems import Problem


@dataclass(frozen=True)
class Section:
    """Where a lesson explains something, as a link needs it."""

    lesson: str  # "04_aiohttp"
    heading: str  # "Large bodies, streamed"

    @property
    def fragment(self) -> str:
        """The anchor that JupyterLab gives the heading."""
        return self.heading.replace(" ", "-")


@dataclass(frozen=True)
class Entry:
    """One mistake."""

    code: str
    name: str  # one line, as one would say it to the learner
    why: str  # two to four plain sentences
    mend: str  # what to write instead: a few lines of Python
    explained: str  # "LESSON#Section heading"
    also: tuple[str, ...] = ()  # other sections that say it; the one in the task's own lesson is preferred

    @property
    def sections(self) -> tuple[Section, ...]:
        """All places that explain it, whether or not they are there yet."""
        return tuple(Section(*place.split("#", 1)) for place in (self.explained, *self.also))


def where(code: str, task: str = "") -> Section | None:
    """The section that explains a mistake: in the task's own lesson if it is there, else the first that is.

    None while no lesson has it, so that nothing shows a dead link.
    """
    entry = MISTAKES.get(code)
    try:
        there = {Section(lesson.name, heading) for lesson in course.lessons() for heading in lesson.headings}
    except Problem:  # a lesson is being written and can't be read: no reason to withhold a verdict
        there = set()
    known = [section for section in (entry.sections if entry else ()) if section in there]
    own = [section for section in known if section.lesson == task.partition(".")[0]]
    return next(iter(own + known), None)


def entry(code: str) -> Entry:
    """The entry of a code; for a code that the catalogue doesn't know, one that says nothing false."""
    return MISTAKES.get(code) or Entry(code, code.replace("-", " ").capitalize(), "", "", "#")


_ENTRIES: list[Entry] = []


def _mistake(code: str, name: str, why: str, mend: str, *explained: str) -> None:
    first, *also = explained
    _ENTRIES.append(Entry(code, name, " ".join(why.split()), dedent(mend).strip("\n"), first, tuple(also)))


# ---------------------------------------------------------------- coroutines, the loop, threads

_mistake(
    "never-awaited",
    "A coroutine was called but never awaited",
    """Calling a coroutine function runs nothing: it only makes a coroutine object. The work starts when that
    object is awaited or made a task. Without either, Python throws it away and warns
    "coroutine … was never awaited".""",
    """
    page = await fetch(url)        # not: page = fetch(url)
    """,
    "02_event_loop#Coroutine, task, future",
    "00_start_here#Why await works here",
    "07_pitfalls#Never awaited",
)
_mistake(
    "sequential-awaits",
    "One after the other: each await waits for the one before",
    """`await` pauses this coroutine until the result is there. In a plain loop the next request is not even sent
    before the last one has answered, so the waiting times add up. Start the work first, as tasks, and wait for
    all of it together.""",
    """
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(fetch(url)) for url in urls]
    pages = [task.result() for task in tasks]
    """,
    "04_aiohttp#Awaiting in turn is not concurrency",
    "02_event_loop#Coroutine, task, future",
)
_mistake(
    "one-at-a-time",
    "One after the other: nothing is waited for together",
    """While one request waits for its answer, nobody sends the next, so the waiting times add up. That is so in a plain
    loop, and as much in a pool whose results are asked for one by one as they are handed in, or whose threads queue for
    one lock. Hand in all of the work first, then collect the results.""",
    """
    with ThreadPoolExecutor(workers) as pool:
        pages = list(pool.map(fetch, urls))
    # not: [pool.submit(fetch, url).result() for url in urls]
    """,
    "01_blocking#Threads wait together",
)
_mistake(
    "thread-per-item",
    "A new thread for every item",
    """A thread costs memory and a share of everybody's turns, and starting hundreds of them costs more than they bring.
    Few that take the next piece of work when they are done with one do the same. A semaphore in front of them limits
    the requests, and leaves the threads.""",
    """
    with ThreadPoolExecutor(workers) as pool:     # workers threads, however many urls
        pages = list(pool.map(fetch, urls))
    """,
    "01_blocking#What a thread costs: memory",
    "01_blocking#Threads wait together",
)
_mistake(
    "blocks-the-loop",
    "A blocking call holds the event loop",
    """The loop runs one piece of code at a time and gets its turn only at an `await` that really waits. A blocking
    call (`requests`, `time.sleep`, a database driver without await, reading a large file) keeps the thread, so no
    other task moves until it returns. Use a library that awaits, or hand the call to a thread.""",
    """
    async with session.get(url) as response:      # not: requests.get(url)
        ...
    await asyncio.sleep(1)                        # not: time.sleep(1)
    data = await asyncio.to_thread(read, path)    # where there is no async library
    """,
    "04_aiohttp#A blocking call stops everyone",
    "02_event_loop#What holding the loop does to everyone else",
    "07_pitfalls#A blocking call in a coroutine",
)
_mistake(
    "cpu-burst",
    "Computing holds the event loop for too long",
    """Computing never waits, so it never gives the loop back: everything else stands still for as long as it lasts.
    Cut it into slices of a few milliseconds and let the loop in between them, or move it to a process.""",
    """
    for number, item in enumerate(items):
        total += step(item)
        if number % 5 == 0:
            await asyncio.sleep(0)         # lets the other tasks run
    """,
    "02_event_loop#What holding the loop does to everyone else",
    "04_aiohttp#A blocking call stops everyone",
)
_mistake(
    "threads-instead",
    "Threads do the waiting instead of the event loop",
    """A thread for each wait works, but every one costs memory and switching, and the default executor has only a
    few: the rest queue. The task asks for waiting on the loop itself, where a thousand waits need one thread.""",
    """
    async with session.get(url) as response:      # not: await asyncio.to_thread(requests.get, url)
        return await response.text()
    """,
    "04_aiohttp#A thousand pages, four ways",
    "02_event_loop#What it costs",
)
_mistake(
    "busy-waiting",
    "The loop spins instead of sleeping",
    """Asking "is it time yet?" again and again keeps a processor busy while nothing is due. A loop knows when its
    next timer is due: it sleeps until then and costs nothing in between.""",
    """
    time.sleep(max(0.0, due - time.monotonic()))   # until the earliest timer, then run what is due
    """,
    "02_event_loop#A loop in thirty lines",
)
_mistake(
    "woken-late",
    "A pause lasted longer than asked for",
    """Whoever is due next has to be woken next, when its own time has come. A loop that sleeps for the longest pause,
    or for a fixed time, lets the others oversleep. Sleep until the earliest timer is due, run that one, and look
    again.""",
    """
    due, _, coroutine = heapq.heappop(timers)      # the earliest of all
    time.sleep(max(0.0, due - time.monotonic()))
    """,
    "02_event_loop#A loop in thirty lines",
)
_mistake(
    "woken-out-of-order",
    "Equal pauses ended in another order than they began",
    """Two that fall asleep one after the other, for equally long, are due one after the other. Where timers are
    compared by their time alone, or kept on a stack, a later one overtakes. A running number beside the time decides
    between equals.""",
    """
    heapq.heappush(timers, (due, next(order), coroutine))   # order = itertools.count()
    """,
    "02_event_loop#A loop in thirty lines",
)
_mistake(
    "wrong-clock",
    "The wrong clock was read",
    """Wall time goes on while code waits; CPU time stands still. The share of waiting needs both: the wall clock
    (`time.perf_counter`) for the whole and the CPU clock of the thread (`time.thread_time`) for what was
    computed.""",
    """
    wall, cpu = time.perf_counter(), time.thread_time()
    work()
    share = 1 - (time.thread_time() - cpu) / (time.perf_counter() - wall)
    """,
    "01_blocking#Waiting is not computing",
)

# ---------------------------------------------------------------- how many at once

_mistake(
    "unbounded-concurrency",
    "No limit on how much runs at once",
    """Starting everything together works with ten and breaks with ten thousand: open files run out, the server
    refuses, memory grows with the number of jobs. Put one limit around the work, or keep the library's own.""",
    """
    limit = asyncio.Semaphore(100)

    async def one(url):
        async with limit:
            return await fetch(url)
    """,
    "04_aiohttp#The connector's limits",
    "07_pitfalls#No limit",
)
_mistake(
    "limit-exceeded",
    "More ran at once than the limit allows",
    """A limit is a promise to the other side: one more than allowed may be the one that is refused. Often it is off
    by one, or a second path (a retry, a first request outside the semaphore) goes round it. Whatever is counted
    must happen inside the limit.""",
    """
    limiter = asyncio.Semaphore(limit)

    async def one(job):
        async with limiter:          # everything that counts, retries too, inside
            return await job()
    """,
    "03_gather#Limits",
    "04_aiohttp#The connector's limits",
    "01_blocking#Threads wait together",
)
_mistake(
    "too-little-concurrency",
    "Less ran at once than was allowed",
    """Throughput is what is in flight divided by the latency. While fewer run than the limit allows, time is given
    away: something (a lock, a small pool, an await inside the loop that starts the work) lets them in too
    slowly.""",
    """
    async with asyncio.TaskGroup() as group:
        for _ in range(limit):
            group.create_task(worker(queue))      # as many workers as the limit allows
    """,
    "03_gather#Limits",
    "04_aiohttp#The connector's limits",
    "01_blocking#How long it must take",
)
_mistake(
    "chunked-gather",
    "In chunks: every chunk waits for its slowest",
    """With `gather` over chunks, the next chunk starts only when the last of the one before has finished. As soon
    as times differ, most places stand empty while the slowest one ends. A semaphore or workers refill each place
    at once.""",
    """
    limiter = asyncio.Semaphore(limit)

    async def one(job):
        async with limiter:
            return await job()

    results = await asyncio.gather(*(one(job) for job in jobs))
    """,
    "03_gather#Why chunks are slower",
    "04_aiohttp#The connector's limits",
)
_mistake(
    "limit-per-call",
    "A new limit for every call limits nothing",
    """A semaphore limits those who share it. Made inside the function that it should limit, each call has its own
    and walks straight through. Make it once, outside, and hand it in.""",
    """
    limiter = asyncio.Semaphore(limit)            # once
    await asyncio.gather(*(one(url, limiter) for url in urls))
    """,
    "03_gather#Limits",
    "04_aiohttp#The connector's limits",
    "07_pitfalls#A limit for every call",
)

# ---------------------------------------------------------------- HTTP

_mistake(
    "session-per-request",
    "A new session for every request",
    """A `ClientSession` is a pool of connections together with its limits. With one for each request no connection
    is ever used again, and the limit of each session counts only its own single request. Open one session for the
    program and pass it around.""",
    """
    async with aiohttp.ClientSession() as session:
        pages = await asyncio.gather(*(fetch(session, url) for url in urls))
    """,
    "04_aiohttp#One session for the program",
)
_mistake(
    "connection-per-request",
    "A new connection for every request",
    """Opening a connection costs a round trip, more with TLS, and work on both sides. It is used again only when the
    same session makes the next request and the body before was read or closed. Share one session, and read or
    release each response.""",
    """
    session = requests.Session()                  # one for each thread, not one for each request
    page = session.get(url).content
    """,
    "04_aiohttp#One session for the program",
    "01_blocking#One session keeps its connection",
)
_mistake(
    "session-not-closed",
    "The session was left open",
    """An open session keeps its connections until the garbage collector finds it, and aiohttp warns "Unclosed client
    session". `async with` closes it on every way out, exceptions included.""",
    """
    async with aiohttp.ClientSession() as session:
        ...
    """,
    "04_aiohttp#Closing down",
    "07_pitfalls#Closing down without draining",
)
_mistake(
    "status-not-checked",
    "An error page was taken for the page",
    """For aiohttp (and requests) an answer of 404 or 503 is an answer, not an exception: its body is the error page.
    Unless the status is looked at, that page passes for the result.""",
    """
    async with session.get(url) as response:
        response.raise_for_status()               # the same in requests
        return await response.text()
    """,
    "04_aiohttp#A status is not an exception",
    "01_blocking#A status, an error, an order",
)
_mistake(
    "whole-body-in-memory",
    "The whole body was read into memory",
    """`await response.read()` (or `.text()`) returns when the last byte is there, so memory holds all bodies that are
    in flight. Streaming holds one chunk for each: the memory stays flat however large the files are.""",
    """
    with open(path, "wb") as file:
        async for chunk in response.content.iter_chunked(64 * 1024):
            file.write(chunk)
    """,
    "04_aiohttp#Large bodies, streamed",
)
_mistake(
    "half-file-left",
    "A half-written file was left under its final name",
    """When a transfer breaks off, the file written so far is neither absent nor whole, and the next program takes it
    for whole. Write under another name and rename at the end: the final name then only ever stands for a complete
    file.""",
    """
    part = path.with_suffix(path.suffix + ".part")
    try:
        ...                                       # write to part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    """,
    "04_aiohttp#Large bodies, streamed",
)
_mistake(
    "no-retry",
    "A passing failure was not tried again",
    """A 503 says "not now", not "never". Giving up at once turns a short hiccup of the server into a failure of your
    program. Try again a few times, with a wait between the tries.""",
    """
    for attempt in range(3):
        async with session.get(url) as response:
            if response.status != 503:
                response.raise_for_status()
                return await response.read()
        if attempt < 2:
            await asyncio.sleep(0.1 * 2**attempt)
    """,
    "04_aiohttp#Trying again, with sense",
)
_mistake(
    "too-many-retries",
    "Tried again too often",
    """Each further try adds load to a server that is already in trouble, and your caller waits for an answer that
    isn't coming. Agree on a number of tries and raise after the last.""",
    """
    for attempt in range(3):                      # three tries in all, then the error
        ...
    """,
    "04_aiohttp#Trying again, with sense",
)
_mistake(
    "retried-for-nothing",
    "An error that will not go away was tried again",
    """A 404 says that the page isn't there: asking again gives the same answer and costs both sides a request.
    Try again only what may pass: 503, 429, a connection that broke.""",
    """
    if response.status in (429, 502, 503, 504):
        ...                                       # worth another try
    else:
        response.raise_for_status()               # 404 and the like: raise at once
    """,
    "04_aiohttp#Trying again, with sense",
)
_mistake(
    "no-backoff",
    "Tried again at once, without a wait",
    """A server that has just said "not now" says it again a millisecond later. Tries without a wait use themselves up
    while the failure lasts, and many clients doing so keep a server down. Wait between tries, longer each time,
    with some chance in it.""",
    """
    await asyncio.sleep(0.1 * 2**attempt * random.uniform(0.5, 1.5))
    """,
    "04_aiohttp#Trying again, with sense",
)
_mistake(
    "retry-after-ignored",
    "Retry-After was not obeyed",
    """With `Retry-After` the server says how many seconds it needs. Whoever comes earlier is refused again, or
    blocked. Read the header and wait at least that long.""",
    """
    wait = float(response.headers.get("Retry-After", 0.1 * 2**attempt))
    await asyncio.sleep(wait)
    """,
    "04_aiohttp#Trying again, with sense",
)
_mistake(
    "fetched-twice",
    "A page was fetched more than once",
    """Two pages link to the same third. When a url is marked as seen only after its page has come, every task that
    meets it in the meantime fetches it too. Mark it when it is put in the queue, before the next await.""",
    """
    if url not in seen:
        seen.add(url)                             # before any await
        queue.put_nowait(url)
    """,
    "04_aiohttp#Following links: each page once",
)

# ---------------------------------------------------------------- tasks, exceptions, cancellation

_mistake(
    "lost-task",
    "A task that nobody holds",
    """The event loop keeps only a weak reference to a task. One that is started and forgotten can be collected in the
    middle of its work, and its exception is never seen. Keep it, and wait for it: a `TaskGroup` does both.""",
    """
    async with asyncio.TaskGroup() as group:
        group.create_task(refresh())              # held, awaited, its exception raised here
    """,
    "03_gather#Never lose a task",
    "07_pitfalls#A task that nobody holds",
)
_mistake(
    "leaked-tasks",
    "Tasks still ran after the function had returned",
    """A task that outlives its function works on things its maker believes closed, and nobody sees how it ends.
    Before returning, wait for what you started, or cancel it and then wait for it.""",
    """
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)   # until all ended
    """,
    "03_gather#Never lose a task",
    "04_aiohttp#Closing down",
    "07_pitfalls#Closing down without draining",
)
_mistake(
    "swallowed-cancel",
    "A cancellation was swallowed",
    """Cancelling raises `CancelledError` inside the task. Code that catches it (a bare `except:`,
    `except BaseException:`, `suppress(CancelledError)`) and carries on turns the cancellation into nothing: timeouts
    and shutting down then wait for ever. Clean up if you must, then raise it again.""",
    """
    try:
        await work()
    except asyncio.CancelledError:
        await clean_up()
        raise
    """,
    "03_gather#Cancellation done right",
    "07_pitfalls#A cancellation that is swallowed",
)
_mistake(
    "swallowed-exception",
    "An exception was swallowed",
    """`except Exception: pass`, or `gather(…, return_exceptions=True)` with nobody looking at the results, turns an
    error into a missing value. The caller goes on with wrong data. Catch only what you can deal with, and let the
    rest through.""",
    """
    try:
        page = await fetch(url)
    except aiohttp.ClientResponseError as error:
        if error.status != 503:                   # only what is dealt with here
            raise
    """,
    "03_gather#What each does when one fails",
    "04_aiohttp#A status is not an exception",
    "01_blocking#A status, an error, an order",
    "07_pitfalls#A task that nobody holds",
)
_mistake(
    "lost-exception",
    "A task's exception was never looked at",
    """An exception in a task waits there until somebody awaits the task. If nobody does, it shows, if at all, as
    "Task exception was never retrieved" at some later time. Await every task that you start.""",
    """
    async with asyncio.TaskGroup() as group:
        group.create_task(work())                 # its exception comes out of the block
    """,
    "03_gather#Never lose a task",
    "07_pitfalls#A task that nobody holds",
)
_mistake(
    "siblings-not-cancelled",
    "One failed and the others ran on",
    """`gather` passes the first exception on at once and leaves the other tasks running, with nobody to wait for them.
    A `TaskGroup` cancels the others, waits until they have ended, and then raises.""",
    """
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(job()) for job in jobs]
    """,
    "03_gather#What each does when one fails",
)
_mistake(
    "one-failure-ends-all",
    "One failure ended it for all",
    """What one of many ends with, an exception or its own cancellation, came out of the whole, though the others could
    have gone on. A plain `gather` passes the first failure on, a `TaskGroup` cancels the rest. Where each outcome
    counts by itself, catch it where it arises, or have `gather` hand it back.""",
    """
    found = await asyncio.gather(*(job() for job in jobs), return_exceptions=True)
    """,
    "03_gather#What each does when one fails",
)
_mistake(
    "waited-for-all",
    "It waited for all where one was enough",
    """`gather` and a `TaskGroup` are over when the last is. Whoever needs only the first answer looks at each as it
    ends, with `as_completed` or `wait(…, return_when=FIRST_COMPLETED)`, and cancels the others.""",
    """
    for earliest in asyncio.as_completed(tasks):
        return await earliest
    """,
    "03_gather#What each does when one fails",
)
_mistake(
    "results-out-of-order",
    "The results are there, in the wrong order",
    """Work that runs together ends in any order. What is appended as it ends comes out in the order of ending. Keep
    each result with its place: `gather` and a list of tasks do so by themselves.""",
    """
    tasks = [group.create_task(fetch(url)) for url in urls]
    ...
    pages = [task.result() for task in tasks]     # the order of urls, whichever ended first
    """,
    "03_gather#What each does when one fails",
    "04_aiohttp#Awaiting in turn is not concurrency",
    "01_blocking#A status, an error, an order",
)
_mistake(
    "deadline-missed",
    "The deadline passed unnoticed",
    """A deadline counts from the call, over everything that happens inside it. A timeout on each step alone adds up,
    and clean-up that waits for a slow loser can outlast it. Put one `asyncio.timeout` around the whole.""",
    """
    async with asyncio.timeout(deadline):
        ...
    """,
    "03_gather#Timeouts and deadlines",
)
_mistake(
    "called-twice",
    "It was called more than once",
    """What is measured or fetched was run again: for a second figure, in a retry, or once to look and once to use.
    Each call has its cost and its effects. Call once and keep the result.""",
    """
    result = work()                               # once; then use result
    """,
    "01_blocking#Waiting is not computing",
)
_mistake(
    "deadlock",
    "Everyone waits for someone else",
    """Two that each hold what the other needs wait for ever. Take locks always in the same order, hold none while you
    wait for more of the same pool, and keep what is held as short as it can be.""",
    """
    first, second = sorted((source, target))      # everyone locks the smaller id first
    """,
    "05_asyncpg#Transactions and savepoints",
    "07_pitfalls#Pools of the wrong size",
)
_mistake(
    "never-finishes",
    "It never came to an end",
    """Something is awaited that will not happen: a queue that nobody ends, an event that nobody sets, a request without
    a timeout, a loop whose condition never changes. Give every wait an end, and see which line it stood at.""",
    """
    async with asyncio.timeout(30):
        await queue.join()
    """,
    "03_gather#Timeouts and deadlines",
    "04_aiohttp#What each timeout covers",
)
_mistake(
    "race",
    "Another task changed it between two awaits",
    """Between reading a value and writing it back lies an `await`, and there another task may do the same: one of the
    two changes is lost, or the work is done twice. Keep reading and writing together without an await between, or
    under one lock.""",
    """
    async with lock:
        value = await read()
        await write(value + 1)
    """,
    "03_gather#Where tasks share something",
    "07_pitfalls#A race between two awaits",
)
_mistake(
    "not-drained",
    "Closed while work was still under way",
    """Closing cut off what had been begun. A service that ends first stops taking new work, then waits for what is in
    flight (with a deadline), and closes its connections last.""",
    """
    closing.set()                                 # no new work
    async with asyncio.timeout(10):
        await asyncio.gather(*in_flight, return_exceptions=True)
    await session.close()
    """,
    "07_pitfalls#Closing down without draining",
)

# ---------------------------------------------------------------- the database

_mistake(
    "connection-per-query",
    "A new connection for every query",
    """Opening a connection to PostgreSQL starts a process there and costs milliseconds; a quick query costs a fraction
    of one. The pool keeps connections open: borrow one, use it, give it back.""",
    """
    async with pool.acquire() as connection:      # not: await asyncpg.connect(dsn) each time
        row = await connection.fetchrow(query)
    """,
    "05_asyncpg#Connections and pools",
)
_mistake(
    "shared-connection",
    "Several tasks shared one connection",
    """A PostgreSQL connection does one thing at a time. asyncpg refuses a second query with "another operation is in
    progress"; behind a lock, everyone waits in line. Let each task borrow its own from the pool.""",
    """
    async def one(country):
        async with pool.acquire() as connection:  # one for each task
            return await connection.fetchrow(query, country)
    """,
    "05_asyncpg#Connections and pools",
)
_mistake(
    "leaked-connections",
    "A connection was not given back",
    """What is acquired and not released is lost to the pool; when the last one is gone, everyone waits for ever.
    `async with` gives it back on every way out, also when an exception or a cancellation passes through.""",
    """
    async with pool.acquire() as connection:      # not: connection = await pool.acquire()
        ...
    """,
    "05_asyncpg#Connections and pools",
    "07_pitfalls#A connection that is not given back",
)
_mistake(
    "everything-in-memory",
    "Everything was held in memory at once",
    """Collecting all rows, jobs or bodies before using them makes memory grow with their number. Take them as they
    come (a cursor, an iterator, a stream, a queue with a size) and hold only one piece, or one batch.""",
    """
    async for piece in source:      # the chunks of a body, the rows of a cursor
        write(piece)                # one piece at a time, or one batch
    """,
    "05_asyncpg#Cursors",
    "04_aiohttp#Large bodies, streamed",
)
_mistake(
    "row-by-row",
    "Row by row: a round trip for each",
    """Each `execute` goes to the server and back before the next. With thousands of rows nearly all the time is spent
    on the way. COPY or `executemany` send them together.""",
    """
    await connection.copy_records_to_table("readings", records=rows)
    """,
    "05_asyncpg#executemany and COPY",
)
_mistake(
    "not-atomic",
    "Half of it was kept when it failed",
    """Without a transaction every statement stands for itself: when the tenth fails, nine stay. Inside one transaction
    either all of it happens or nothing does.""",
    """
    async with pool.acquire() as connection, connection.transaction():
        ...
    """,
    "05_asyncpg#Transactions and savepoints",
)

# ---------------------------------------------------------------- the answer as such

_mistake(
    "wrong-result",
    "The result is not what was asked for",
    """The function ran to its end, but what it returned (or wrote) differs from what the task asks for. Read the
    task's last sentences again and try the function on two or three items, where you can see each one.""",
    """
    result = await function(two_or_three_items)   # in a cell of its own: look at each
    """,
    "00_start_here#A first verdict",
)
_mistake(
    "learnt-by-heart",
    "The result was not worked out from this input",
    """The values are drawn afresh for each run. What was returned belongs to other input, or was there without the
    requests that would have been needed for it.""",
    """
    return await fetch(url)                       # from what is given, each time
    """,
    "00_start_here#A first verdict",
)
_mistake(
    "tool-not-allowed",
    "A tool was used that this task sets aside",
    """The task is about building the thing itself, so the library that already has it is not to be used here. The
    exercise's text says which ones are meant.""",
    """
    value = coroutine.send(None)                  # drive the coroutine yourself
    """,
    "02_event_loop#A loop in thirty lines",
)

MISTAKES: dict[str, Entry] = {each.code: each for each in _ENTRIES}
"""Code -> entry, in the catalogue's order."""
