"""A Debian 13 root, where the newest stack runs whatever the host's C library is.

The root is made once with debootstrap and kept in the cache folder. Commands run
in it in their own mount and process namespaces: whatever they mount or start is
gone when they end, even by kill -9, so the host has nothing to unmount.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from bootstrapping.console import INFRASTRUCTURE, Progress, SetUpError

SUITE = "trixie"
SUITE_NUMBER = "debian-13"
# What a bare machine has: its Python, a compiler, make and git.
PACKAGES = ("ca-certificates", "g++", "git", "make")
PYTHON = ("python3", "python3-dev", "python3-venv")
STAMP = "etc/tidegate-root"
NAMESPACES = ("--mount", "--pid", "--fork", "--kill-child", "--propagation", "private")

# Reaching the package index must work inside as it does outside.
PASSED_ON = re.compile(
    r"(PIP|UV)_.*|SSL_CERT_(FILE|DIR)|(REQUESTS|CURL)_CA_BUNDLE|CI"
    r"|PYTEST_.*|(HTTPS?|NO|ALL)_PROXY",
    re.IGNORECASE,
)
COPIED = (
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/pip.conf",
    "/etc/uv/uv.toml",
    # A root is entered by root only, whose home is the same inside.
    *(
        os.path.expanduser(f"~root/{name}")
        for name in (".config/pip/pip.conf", ".pip/pip.conf", ".config/uv/uv.toml")
    ),
)

# $1 is the root; the rest is the command. /dev of the host, because a device
# node cannot be made everywhere; certificates of the host, for its own index.
ENTER = """
root="$1"; shift
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
if test -d /etc/ssl/certs; then mount --bind /etc/ssl/certs "$root/etc/ssl/certs"; fi
exec chroot "$root" "$@"
"""


def cache() -> Path:
    """Folder that keeps the root between runs."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "tidegate"


class DebianRoot:
    """A root in a folder, made where it is not there.

    Args:
        folder: Where it lies.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Waits until no other run uses the root."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with open(f"{self.folder}.lock", "w", encoding="utf-8") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                print("… another run uses the Debian root; waiting", file=sys.stderr)
                fcntl.flock(stream, fcntl.LOCK_EX)
            yield

    def make(self) -> None:
        """Makes the root under a temporary name, then renames it in place."""
        require_rights()
        if (self.folder / STAMP).exists():
            return
        require_debootstrap()
        partial = Path(f"{self.folder}.partial")
        # Nothing can be mounted in it: mounts live in namespaces of their own.
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        with Progress("Debian 13 root", "one to two minutes, once"):
            log = Path(f"{self.folder}.log")
            include = ",".join((*PACKAGES, *PYTHON))
            command = ["debootstrap", "--variant=minbase", f"--include={include}"]
            command += [SUITE, str(partial), *mirror()]
            with open(log, "wb") as stream:
                done = subprocess.run(command, stdout=stream, stderr=stream)
            if done.returncode:
                raise SetUpError(
                    "debootstrap could not make a Debian 13 root",
                    (f"its words are in {log}", *last_lines(log)),
                )
        (partial / STAMP).write_text(SUITE, encoding="utf-8")
        partial.rename(self.folder)

    def run(
        self, command: Sequence[str], variables: Mapping[str, str] | None = None
    ) -> int:
        """Runs a command inside; returns its exit code."""
        self._copy_settings()
        inner = [
            "env",
            "-i",
            *(f"{k}={v}" for k, v in self._variables(variables or {})),
        ]
        enter = ["sh", "-euc", ENTER, "sh", str(self.folder)]
        return subprocess.run(
            ["unshare", *NAMESPACES, *enter, *inner, *command], check=False
        ).returncode

    def bring(self, checkout: Path, target: str) -> None:
        """Copies the checkout's files to `target` inside, in place of what was."""
        place = self.folder / target.lstrip("/")
        shutil.rmtree(place, ignore_errors=True)
        for name in tracked(checkout):
            source = checkout / name
            if source.is_file():
                (place / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, place / name)

    def _variables(self, more: Mapping[str, str]) -> list[tuple[str, str]]:
        passed = {k: v for k, v in os.environ.items() if PASSED_ON.fullmatch(k)}
        # A folder of the host is not there inside.
        passed.pop("PIP_FIND_LINKS", None)
        paths = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        fixed = {"PATH": paths, "HOME": "/root", "LANG": "C.UTF-8"}
        return list({**passed, **fixed, **more}.items())

    def _copy_settings(self) -> None:
        certificate = os.environ.get("SSL_CERT_FILE", "")
        for name in (*COPIED, *([certificate] if certificate else [])):
            target = self.folder / name.lstrip("/")
            if name.startswith("/etc/ssl/certs") or not os.path.exists(name):
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            shutil.copyfile(name, target)


def require_rights() -> None:
    """Raises unless this process may make and enter a root."""
    lacks = []
    if sys.platform != "linux":
        lacks.append("this is not Linux")
    elif os.geteuid() != 0:
        lacks.append("this user is not root: sudo make …")
    elif not shutil.which("unshare"):
        lacks.append("there is no `unshare`: apt-get install util-linux")
    elif subprocess.run(["unshare", *NAMESPACES, "true"], check=False).returncode:
        lacks.append("this container may not mount: run it with CAP_SYS_ADMIN")
    if lacks:
        raise SetUpError(
            "no Debian 13 root can be made here, so the stack was NOT tested",
            (*lacks, "or run on a machine with glibc 2.39 and Python 3.11 to 3.13"),
            INFRASTRUCTURE,
        )


def require_debootstrap() -> None:
    """Installs debootstrap with the host's own packages where it is missing."""
    if shutil.which("debootstrap"):
        return
    if shutil.which("apt-get"):
        with Progress("debootstrap, from the host's packages", "half a minute"):
            for step in (["update"], ["-y", "install", "debootstrap"]):
                command = ["apt-get", "-qq", *step]
                subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    if not shutil.which("debootstrap"):
        raise SetUpError(
            "there is no debootstrap, so the stack was NOT tested",
            ("fix: install debootstrap from your system's packages",),
        )


def mirror(sources: Path = Path("/etc/apt")) -> list[str]:
    """The host's own Debian mirror as an argument; none on another system."""
    files = [sources / "sources.list", *sorted(sources.glob("sources.list.d/*"))]
    for path in files:
        if path.suffix not in (".list", ".sources") or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        found = re.search(
            r"^(?:URIs:|deb(?: \[[^]]*\])?)\s+(\S+/debian)/?(?:\s|$)", text, re.M
        )
        if found:
            return [found.group(1)]
    return []


def tracked(checkout: Path) -> list[str]:
    """Files of the checkout that git knows or would add, relative to it."""
    listing = subprocess.check_output(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=checkout,
    )
    return sorted(filter(None, listing.decode().split("\0")))


def last_lines(log: Path, count: int = 3) -> list[str]:
    """The end of a log, where programs say what went wrong."""
    return log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:]
