# verdict: failed
# mistakes: blocks-the-loop
# An ordinary blocking function: it sleeps in the loop's thread and gives a str, nothing to await.
from time import sleep


def greet(name):
    sleep(0.1)
    return f"Hello, {name}!"
