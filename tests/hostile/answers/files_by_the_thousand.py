# ruff: noqa
# outcome: too_much_disk, timed_out
# tries: to fill the disk with empty files
async def answer(token, folder):
    number = 0
    while True:
        open(f"{folder}/{number}", "w").close()
        number += 1
