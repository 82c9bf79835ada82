# ruff: noqa
# outcome: returned
# value: right
# tries: a folder that can't be cleared, with links out of it in its place
import os


async def answer(token, folder):
    os.mkdir(folder + "/locked")
    open(folder + "/locked/file", "w").close()
    os.chmod(folder + "/locked", 0)
    os.chmod(folder, 0)
    os.rename(folder, folder + ".old")
    os.symlink("/etc", folder)
    return token[::-1]
