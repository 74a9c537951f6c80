"""A child without TensorFlow that ends in the way its request asks for."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

BEGUN = b'{"begins": "start"}\n{"begins": "loads"}\n'
LOADED = b'{"found": "loads", "seconds": 0.1}\n{"peak": 1000}\n'


def main(request: str, answers: int) -> None:
    asked = json.loads(Path(request).read_bytes())
    os.write(answers, BEGUN)
    way = asked["signature"]
    if way == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif way == "exit":
        os._exit(7)
    elif way == "hang":
        time.sleep(600)
    elif way == "say who and hang":
        Path(f"who-{os.getpid()}").touch()
        time.sleep(600)
    elif way == "hang silently":
        os.close(answers)
        time.sleep(600)
    elif way == "leave another behind":
        subprocess.Popen(["sleep", "600"])
        os.write(
            answers, json.dumps({"found": "sleep", "group": os.getpgid(0)}).encode()
        )
        os.write(answers, b"\n")
    elif way == "memory":
        held = []
        while True:
            held.append(b"x" * 10**7)
    elif way == "noise":
        os.write(answers, b"{" * 5000 + b"\n")
    elif way == "flood":
        while True:
            os.write(answers, b" " * 2**16)
    elif way == "look around":
        told = {
            "found": "around",
            "environment": sorted(os.environ),
            "stdin": sys.stdin.read(),
            "network": _reaches_out(),
            "cwd": os.listdir("."),
            "file": _writes_much(),
        }
        os.write(answers, json.dumps(told).encode() + b"\n")
    os.write(answers, LOADED)


def _reaches_out() -> bool:
    try:
        # Nothing is sent: the system only looks for a way there.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            one.connect(("192.0.2.1", 9))
    except OSError:
        return False
    return True


def _writes_much() -> bool:
    try:
        with open("much", "wb") as stream:
            for _ in range(100):
                stream.write(bytes(2**20))
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
