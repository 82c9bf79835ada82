# ruff: noqa
# outcome: unreadable
# tries: to have code run where the value is read
class Bomb:
    def __reduce__(self):
        import os

        return (os.system, ("touch /tmp/asynclab-hostile-was-here",))

    __getstate__ = __reduce__


async def answer(token, folder):
    return [Bomb()]
