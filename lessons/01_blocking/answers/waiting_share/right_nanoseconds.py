# verdict: passed
# Whole nanoseconds of both clocks, and a plain division at the end.
from time import perf_counter_ns, thread_time_ns


def waiting_share(work):
    marks = [(perf_counter_ns(), thread_time_ns())]
    work()
    marks.append((perf_counter_ns(), thread_time_ns()))
    (wall_0, cpu_0), (wall_1, cpu_1) = marks
    whole, computed = wall_1 - wall_0, cpu_1 - cpu_0
    return 0.0 if computed >= whole else (whole - computed) / whole
