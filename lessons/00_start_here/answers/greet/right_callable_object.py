# verdict: passed
# An object with an async __call__ in the function's place.
import asyncio


class Greeter:
    def __init__(self, word: str, patience: float) -> None:
        self.word, self.patience = word, patience

    async def __call__(self, name: str) -> str:
        await asyncio.sleep(self.patience)
        return f"{self.word}, {name}!"


greet = Greeter("Hello", 0.1)
