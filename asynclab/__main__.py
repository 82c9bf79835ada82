"""``python3 -m asynclab``: from a bare Python to the course's command line.

This file keeps to syntax that any Python can read, so that one too old for the course says so in a
sentence instead of failing with a SyntaxError. Everything behind it is for Python 3.11 and later.
"""

import os
import subprocess
import sys

OLDEST = (3, 11)


def newer_python():
    """The name of a Python on the PATH that is new enough, or None."""
    with open(os.devnull, "w") as nowhere:
        for minor in range(20, OLDEST[1] - 1, -1):
            name = "python3.%d" % minor
            try:
                if subprocess.call([name, "-c", ""], stdout=nowhere, stderr=nowhere) == 0:
                    return name
            except OSError:
                pass
    return None


def main():
    if sys.version_info[:2] < OLDEST:
        name = newer_python()
        start = "%s -m asynclab %s" % (name, " ".join(sys.argv[1:]))
        sys.stderr.write(
            "This is Python %d.%d, and the course needs Python %d.%d or later.\n%s\n"
            % (
                sys.version_info[:2]
                + OLDEST
                + (
                    "There is one on this machine: start again with  %s" % start.strip()
                    if name
                    else "Install a newer one (your system's packages or python.org have it) and start again with it.",
                )
            )
        )
        return 2
    if os.name != "posix":
        sys.stderr.write(
            "The course runs on Linux and macOS, and this is neither.\n"
            "On Windows install WSL (run  wsl --install  in PowerShell) and start again in its terminal.\n"
        )
        return 2
    from asynclab.cli import main as command_line

    return command_line(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
