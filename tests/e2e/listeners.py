"""The sockets on which a server's processes listen, as seen from outside of them."""

import os
import re
import socket
import sys
from contextlib import suppress
from pathlib import Path

_LISTENING = "0A"


def emulator_address(server):
    """Return host and port of a server's emulator, from the emulator's own log."""
    log = (server.data / "dynoxide.log").read_text()
    found = re.search(r"http://([\d.]+):(\d+)", log)
    assert found, log
    return found[1], int(found[2])


def listeners(server):
    """Return host and port of each socket of this network on which a process of the server listens."""
    if sys.platform != "linux":
        return {emulator_address(server), ("127.0.0.1", server.port)}
    inodes = set()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile
            if os.getsid(int(process.name)) == server.process.pid:
                inodes.update(_sockets(process))
    return {address for inode, address in _listening() if inode in inodes}


def _sockets(process):
    for descriptor in (process / "fd").iterdir():
        with suppress(OSError):
            target = str(descriptor.readlink())
            if target.startswith("socket:["):
                yield target[8:-1]


def _listening():
    """Yield inode and address of each listening socket of TCP in the network of this process."""
    for table, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        for line in Path("/proc/self/net", table).read_text().splitlines()[1:]:
            fields = line.split()
            address, _, port = fields[1].partition(":")
            if fields[3] == _LISTENING:
                words = [bytes.fromhex(address[n : n + 8]) for n in range(0, len(address), 8)]
                packed = b"".join(word[::-1] if sys.byteorder == "little" else word for word in words)
                yield fields[9], (socket.inet_ntop(family, packed), int(port, 16))
