# ruff: noqa
# outcome: returned
# value: wrong
# tries: one content to look at, another underneath
class Two(dict):
    def items(self):
        return {"shown": 1}.items()

    def __iter__(self):
        return iter(["shown"])

    def __len__(self):
        return 1


async def answer(token, folder):
    return Two(hidden=2)
