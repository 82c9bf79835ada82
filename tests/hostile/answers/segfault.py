# ruff: noqa
# outcome: died
# tries: to crash the interpreter
import ctypes


async def answer(token, folder):
    ctypes.string_at(0)
