# ruff: noqa
# outcome: raised
# tries: what `except Exception` doesn't catch
class Everything(BaseException):
    def __str__(self):
        raise Everything

    __repr__ = __str__


async def answer(token, folder):
    raise Everything
