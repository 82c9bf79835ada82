"""What git knows of the checkout, in the words that an update needs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from asynclab.bootstrap import troubles
from asynclab.problems import Problem

UNTOUCHED = "Nothing was changed."
UNREACHABLE = re.compile(
    r"could not resolve|unable to access|could not read from remote|does not appear to be a git repository|"
    r"could not read Username|Authentication failed|Permission denied \(publickey|early EOF|hung up|"
    r"operation too slow|repository '.*' not found",
    re.I,
)
BEGUN = {"MERGE_HEAD": "merge", "rebase-merge": "rebase", "rebase-apply": "rebase", "CHERRY_PICK_HEAD": "cherry-pick",
         "REVERT_HEAD": "revert"}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One file that differs between two commits."""

    path: str  # from the checkout's root on, as git writes it
    old: str  # its content's name in git; "" where it was not there
    new: str  # likewise
    mode: str  # "100644"; "000000" where it is no more


@dataclass(frozen=True)
class Git:
    """git in one checkout."""

    checkout: Path

    def run(self, *arguments: str, data: bytes | None = None, index: Path | None = None) -> bytes:
        """What git prints. Raises Problem with git's own last word when it fails."""
        status, printed, said = self.try_to(*arguments, data=data, index=index)
        if status != 0:
            raise _failed(arguments[0], said, self.checkout)
        return printed

    def line(self, *arguments: str) -> str:
        return self.run(*arguments).decode("utf-8", "surrogateescape").strip()

    def try_to(self, *arguments: str, data: bytes | None = None, index: Path | None = None) -> tuple[int, bytes, str]:
        """Exit status, what git prints, and what it says on standard error."""
        # A hook's or a wrapper's variables would lead git to another repository.
        meant = ("GIT_SSH", "GIT_CONFIG", "GIT_SSL", "GIT_TRACE")
        variables = {n: value for n, value in os.environ.items() if not n.startswith("GIT_") or n.startswith(meant)}
        variables |= {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
        if not sys.stdin.isatty():
            variables["GIT_TERMINAL_PROMPT"] = "0"  # nobody is there to answer
        if index is not None:
            variables["GIT_INDEX_FILE"] = str(index)
        try:
            done = subprocess.run(
                ["git", "-c", "core.quotePath=false", *arguments],
                cwd=self.checkout,
                env=variables,
                input=data,
                stdin=subprocess.DEVNULL if data is None and arguments[0] != "fetch" else None,
                capture_output=True,
            )
        except FileNotFoundError:
            if not self.checkout.is_dir():
                raise
            raise Problem(
                "There is no git on this machine, and the course is updated by git.",
                f"Install it ({_install('git')}) and start again.",
            ) from None
        return done.returncode, done.stdout, done.stderr.decode("utf-8", "replace")

    def file(self, name: str) -> Path:
        """A file or folder in git's own folder."""
        return self.checkout / self.line("rev-parse", "--git-path", name)

    # ------------------------------------------------------------ where it stands

    def check(self) -> None:
        """That this is a checkout of its own in which nothing else is under way. Raises Problem."""
        status, printed, said = self.try_to("rev-parse", "--show-toplevel")
        top = os.fsdecode(printed).strip()
        if status != 0 and "dubious ownership" in said:
            raise _failed("rev-parse", said, self.checkout)
        if status != 0 or not os.path.samefile(top, self.checkout):
            raise Problem(
                f"The course in {self.checkout} was not cloned with git, so there is nothing to update it from.",
                "Clone the course anew with git, and copy the folders exercises/ and .asynclab/ from here into it.",
            )
        for name, what in BEGUN.items():
            if self.file(name).exists():
                raise Problem(
                    f"A git {what} is under way in this checkout. {UNTOUCHED}",
                    f"End it (git {what} --continue, or git {what} --abort) and start again.",
                )
        if self.file("index.lock").exists():
            raise Problem(
                f"Another git is at work in this checkout. {UNTOUCHED}",
                f"Wait for it to end and start again; if there is none, remove {self.file('index.lock')}.",
            )

    def branch(self) -> str:
        """The branch that is checked out. Raises Problem when none is."""
        status, printed, _ = self.try_to("symbolic-ref", "--quiet", "--short", "HEAD")
        if status != 0:
            raise Problem(
                f"No branch is checked out here, but a single version of the course. {UNTOUCHED}",
                "Go back to the branch (often: git switch main) and start again.",
            )
        return os.fsdecode(printed).strip()

    def upstream(self, branch: str) -> tuple[str, str]:
        """The remote that the branch follows, and what it is called here: ("origin", "origin/main")."""
        status, printed, _ = self.try_to("rev-parse", "--abbrev-ref", "--symbolic-full-name", "@{upstream}")
        remote = self.try_to("config", f"branch.{branch}.remote")[1].decode("utf-8", "replace").strip()
        if status != 0 or not remote:
            raise Problem(
                f"The branch {branch} follows no other, so git doesn't know where a newer course would come from. "
                f"{UNTOUCHED}",
                f"Tell it: git branch --set-upstream-to=origin/{branch}",
            )
        return remote, os.fsdecode(printed).strip()

    def fetch(self, remote: str) -> None:
        """Brings the remote's commits; changes no file. Raises Problem when it can't be reached."""
        status, _, said = self.try_to(
            "-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=30", "fetch", "--quiet", "--no-tags", remote
        )
        if status == 0:
            return
        if troubles.is_full(said):
            raise troubles.full_disk(self.checkout)
        if UNREACHABLE.search(said) or troubles.is_unreachable(said):
            raise Problem(
                f"Where the course comes from ({remote}) can't be reached: {_last(said)}. {UNTOUCHED}",
                "Connect to the network (behind a proxy set HTTPS_PROXY) and start again.",
            )
        raise _failed("fetch", said, self.checkout)

    def apart(self, upstream: str) -> tuple[int, int]:
        """How many commits are here alone, and how many there alone."""
        here, there = self.line("rev-list", "--left-right", "--count", f"HEAD...{upstream}").split()
        return int(here), int(there)

    def edited(self) -> dict[str, str]:
        """Files that git keeps and that differ here from what it has: path to git's two letters."""
        printed = self.run("status", "--porcelain=v1", "-z", "--untracked-files=no", "--no-renames")
        entries = printed.decode("utf-8", "surrogateescape").split("\0")
        return {entry[3:]: entry[:2] for entry in entries if entry}

    def changes(self, old: str, new: str) -> list[Change]:
        """What differs between two commits."""
        printed = self.run("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", old, new)
        words = printed.decode("utf-8", "surrogateescape").split("\0")
        found = []
        for told, path in zip(words[::2], words[1::2], strict=False):
            _, mode, before, after, _ = told.split()
            found.append(Change(path, _name(before), _name(after), mode))
        return found

    def content(self, commit: str, path: str) -> bytes | None:
        """A file of a commit; None where it isn't there."""
        status, printed, _ = self.try_to("cat-file", "blob", f"{commit}:{path}")
        return printed if status == 0 else None

    def names(self, paths: Iterable[str]) -> dict[str, str]:
        """What git would call the content of these files as they lie here."""
        asked = [path for path in paths if "\n" not in path]
        told = "".join(f"{path}\n" for path in asked).encode("utf-8", "surrogateescape")
        printed = self.run("hash-object", "--stdin-paths", data=told)
        return dict(zip(asked, printed.decode().split(), strict=True))


def _name(sha: str) -> str:
    return "" if not sha.strip("0") else sha


def _failed(command: str, said: str, checkout: Path) -> Problem:
    if troubles.is_full(said):
        return troubles.full_disk(checkout)
    if "dubious ownership" in said:
        return Problem(
            f"git refuses to work in {checkout}, because the folder belongs to another user. {UNTOUCHED}",
            "Update as the user whom it belongs to, or clone the course into a folder of your own.",
        )
    return Problem(f"git {command} failed: {_last(said)}.", "Mend that and start again.")


def _last(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    told = [line for line in lines if line.startswith(("fatal:", "error:"))] or lines or ["it said nothing"]
    return told[0].partition(": ")[2].rstrip(".") or told[0]


def _install(package: str) -> str:
    return f"sudo apt install {package}" if shutil.which("apt-get") else "from your system's packages, or git-scm.com"
