"""Runs one step so that nothing of it outlives it, in a room of its own.

    python supervising.py  < order

Standard library only, and run by its path: it starts before anything is installed.
The order is one line of JSON on standard input (never in arguments or files, for it
may hold secrets). The rest of standard input is the line of life: when it closes,
because the harness ends the step or was killed itself, every process of the step is
killed. Where the machine allows it, a step gets a mount namespace (whose files are
read-only but for what the order binds) and a process namespace, as a container has;
else a process group, and its descendants are looked for.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# <linux/sched.h>, <linux/mount.h>, <linux/prctl.h>
NEW_NS, NEW_PID, NEW_USER = 0x20000, 0x20000000, 0x10000000
BIND, REC, PRIVATE, NO_SUID, NO_DEV = 0x1000, 0x4000, 0x40000, 2, 4
MOUNT_SETATTR, AT_FDCWD, AT_RECURSIVE, ATTR_READ_ONLY = 442, -100, 0x8000, 1
PARENT_DEATH, SUBREAPER = 1, 36
KERNEL = ("proc", "sys", "dev")  # stay writable: they are the kernel's, not files
CANNOT_RUN, NOT_FOUND = 126, 127


class Refused(Exception):
    """The machine does not allow what the order asks for."""


def main() -> int:
    """Runs the step of the order; returns its exit code, 128 + n for a signal."""
    order = json.loads(sys.stdin.buffer.readline())
    waker = _wake_on_child()
    try:
        child = _start_apart(order) if order["apart"] else _start_group(order)
    except (Refused, OSError) as error:
        return _refuse(order, error)
    code = _watch(child, waker)
    if not order["apart"]:
        _kill_group(child)
    return code


def _refuse(order: dict[str, Any], error: Exception) -> int:
    """Says on the order's note why the step never started: no fault of its own."""
    Path(order["note"]).write_text(str(error), encoding="utf-8")
    return CANNOT_RUN


def _wake_on_child() -> int:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    return reading


def _watch(child: int, waker: int) -> int:
    """Waits for the child; kills it when the line of life closes."""
    watched = [0, waker]
    while True:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return _exit_code(status)
        ready, _, _ = select.select(watched, [], [])
        if waker in ready:
            os.read(waker, 512)
        if 0 in ready and not os.read(0, 512):
            watched = [waker]
            os.kill(child, signal.SIGKILL)


def _start_group(order: dict[str, Any]) -> int:
    """The step as a group of processes, this one being told of orphans."""
    _prctl(SUBREAPER, 1)
    child = os.fork()
    if child == 0:
        os.setsid()
        _prctl(PARENT_DEATH, signal.SIGKILL)
        _become(order)
    return child


def _kill_group(child: int) -> None:
    """Ends what the step left behind, orphans in sessions of their own, too."""
    _try_kill(-child)
    for _ in range(100):
        left = list(_descendants(os.getpid()))
        if not left:
            return
        for process in left:
            _try_kill(process)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _try_kill(process: int) -> None:
    try:
        os.kill(process, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _descendants(of: int) -> Iterator[int]:
    """Processes below `of`, where the kernel has /proc."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            after = entry.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(entry.parent.name)] = int(after[1])
    for process in parents:
        above = process
        while above in parents and above != of:
            above = parents[above]
        if above == of and process != of:
            yield process


def _start_apart(order: dict[str, Any]) -> int:
    """The step in namespaces; its first process reaps and dies with this one."""
    user, group = os.getuid(), os.getgid()
    flags = NEW_NS | NEW_PID | (NEW_USER if user else 0)
    _demand(_libc().unshare(flags), "namespaces")
    if user:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    child = os.fork()
    if child == 0:
        _prctl(PARENT_DEATH, signal.SIGKILL)
        os.setsid()
        try:
            _enter(order)
        except (Refused, OSError) as error:
            os._exit(_refuse(order, error))
        os._exit(_reap(_spawn(order)))
    return child


def _spawn(order: dict[str, Any]) -> int:
    child = os.fork()
    if child == 0:
        _become(order)
    return child


def _reap(main_child: int) -> int:
    """Waits as a container's first process does: it ends with the main one."""
    while True:
        found, status = os.waitpid(-1, 0)
        if found == main_child:
            return _exit_code(status)


def _exit_code(status: int) -> int:
    """As shells and docker say it: 128 + n for signal n."""
    code = os.waitstatus_to_exitcode(status)
    return 128 - code if code < 0 else code


def _become(order: dict[str, Any]) -> None:
    """Turns this process into the step's command; never returns."""
    argv = order["argv"]
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.makedirs(order["cwd"], exist_ok=True)  # As docker makes a --workdir.
        os.chdir(order["cwd"])
        os.execvpe(argv[0], argv, order["env"])
    except FileNotFoundError:
        print(f"{argv[0]}: executable file not found in $PATH", file=sys.stderr)
        code = NOT_FOUND
    except OSError as error:
        print(f"{argv[0]}: {error.strerror}", file=sys.stderr)
        code = CANNOT_RUN
    sys.stderr.flush()
    os._exit(code)


def _enter(order: dict[str, Any]) -> None:
    """Makes the step's view of the machine, and goes into it."""
    root = order["root"]
    _mount("none", "/", None, REC | PRIVATE)
    sources = [(bind, os.open(bind["source"], os.O_PATH)) for bind in order["binds"]]
    _mount("tmpfs", root, "tmpfs", NO_SUID | NO_DEV, "mode=755")
    for name in sorted(os.listdir("/")):
        _show(name, root)
    _mount("proc", f"{root}/proc", "proc", NO_SUID | NO_DEV, may_fail=True)
    _mount("tmpfs", f"{root}/dev/shm", "tmpfs", NO_SUID | NO_DEV, may_fail=True)
    for bind, source in sources:
        target = root + bind["target"]
        try:
            if os.path.isfile(f"/proc/self/fd/{source}"):
                os.makedirs(os.path.dirname(target), exist_ok=True)
                Path(target).touch()
            else:
                os.makedirs(target, exist_ok=True)
        except OSError as error:
            raise Refused(
                f"no place for {bind['target']} on this machine: {error.strerror}"
            ) from None
        _mount(f"/proc/self/fd/{source}", target, None, BIND | REC)
        if bind["readonly"]:
            _read_only(target)
    os.chroot(root)
    os.chdir("/")


def _show(name: str, root: str) -> None:
    """Shows an entry of the machine's root in the step's, read-only."""
    source, target = f"/{name}", f"{root}/{name}"
    if os.path.islink(source):
        os.symlink(os.readlink(source), target)
    elif os.path.isdir(source) and source != "/lost+found":
        os.mkdir(target)
        _mount(source, target, None, BIND | REC)
        if name not in KERNEL:
            _read_only(target)


class _Attributes(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "user")
    ]


def _read_only(path: str) -> None:
    wanted = _Attributes(ATTR_READ_ONLY, 0, 0, 0)
    _demand(
        _libc().syscall(
            MOUNT_SETATTR,
            AT_FDCWD,
            os.fsencode(path),
            AT_RECURSIVE,
            ctypes.byref(wanted),
            ctypes.c_size_t(ctypes.sizeof(wanted)),
        ),
        f"a read-only view of {path}",
    )


def _mount(
    source: str,
    target: str,
    kind: str | None,
    flags: int,
    data: str | None = None,
    may_fail: bool = False,
) -> None:
    result = _libc().mount(
        os.fsencode(source),
        os.fsencode(target),
        os.fsencode(kind) if kind else None,
        ctypes.c_ulong(flags),
        os.fsencode(data) if data else None,
    )
    if not may_fail:
        _demand(result, f"mounting {target}")


def _demand(result: int, what: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise Refused(f"{what}: {os.strerror(number)}")


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        _libc().prctl(option, value, 0, 0, 0)


def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


if __name__ == "__main__":
    sys.exit(main())
