# ruff: noqa
# outcome: unreadable, died, timed_out, returned
# value: wrong
# tries: to change the lab's own code in its process
import gc
import sys
import types


async def answer(token, folder):
    main = sys.modules["__main__"]
    wire = sys.modules["wire"]
    wire.Encoder.encode = lambda self, value: {"forged": True}
    for thing in gc.get_objects():
        if (
            isinstance(thing, types.FunctionType)
            and thing.__module__ in ("__main__", "confine")
            and thing.__name__ == "after"
        ):
            thing.__code__ = (lambda self: None).__code__
    main.Call.after = None
    return "patched"
