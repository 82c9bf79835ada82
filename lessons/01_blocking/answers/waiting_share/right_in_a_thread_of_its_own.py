# verdict: passed
# The work runs in another thread, and that thread reads its own CPU clock.
import threading
import time


def waiting_share(work):
    spent = {}

    def run():
        wall, cpu = time.perf_counter(), time.thread_time()
        work()
        spent["cpu"] = time.thread_time() - cpu
        spent["wall"] = time.perf_counter() - wall

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return 1 - spent["cpu"] / spent["wall"]
