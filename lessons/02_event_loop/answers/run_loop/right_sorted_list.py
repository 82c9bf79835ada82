# verdict: passed
# comes near: woken-out-of-order
# No heap: a list that is sorted by when each is due. sort keeps the order of equals.
from time import monotonic, sleep


class Sleep:
    def __init__(self, seconds):
        self.seconds = seconds

    def __await__(self):
        yield self


class Job:
    def __init__(self, coroutine):
        self.coroutine, self.due, self.result = coroutine, monotonic(), None

    def resume(self):
        """Runs it to its next pause; False when it has ended."""
        try:
            self.due = monotonic() + self.coroutine.send(None).seconds
        except StopIteration as end:
            self.result = end.value
            return False
        return True


def run_loop(coroutines):
    jobs = [Job(coroutine) for coroutine in coroutines]
    waiting = list(jobs)
    while waiting:
        waiting.sort(key=lambda job: job.due)
        first = waiting.pop(0)
        sleep(max(0.0, first.due - monotonic()))
        if first.resume():
            waiting.append(first)
    return [job.result for job in jobs]
