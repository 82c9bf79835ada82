# ruff: noqa
# outcome: too_much_disk, raised
# tries: folders in folders, deeper than anybody can delete
import os


async def answer(token, folder):
    os.chdir(folder)
    while True:
        os.mkdir("deeper")
        os.chdir("deeper")
