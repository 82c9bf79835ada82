# ruff: noqa
# outcome: too_much_disk
# tries: to fill the disk with one file
async def answer(token, folder):
    files = []
    while True:
        file = open(f"{folder}/{len(files)}", "wb")
        files.append(file)
        file.write(b"x" * (5 << 20))
        file.flush()
