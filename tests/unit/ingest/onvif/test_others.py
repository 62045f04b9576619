"""A device on the network that is not ours: the library ``wsdiscovery`` announces it.

It runs in a process of its own, because its IPv6 thread dies of the first IPv4 answer.
"""

import asyncio
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from vedette.ingest.onvif import discover
from vedette.ingest.onvif.discovery import MULTICAST
from vedette.model.probe import DiscoveredDevice

ADDRESS = "http://127.0.0.1:8899/onvif/device_service"
DEVICE = """
import sys
from wsdiscovery import QName, Scope
from wsdiscovery.publishing import ThreadedWSPublishing

device = ThreadedWSPublishing()
try:
    device.start()
except OSError as error:
    print(error.strerror, flush=True)
    sys.exit(1)
device.publishService(
    types=[QName("http://www.onvif.org/ver10/network/wsdl", "NetworkVideoTransmitter")],
    scopes=[
        Scope("onvif://www.onvif.org/" + words)
        for words in ("name/ACME%20Cam", "hardware/X-1", "location/gate")
    ],
    xAddrs=[sys.argv[1]],
)
print("ready", flush=True)
sys.stdin.read()
"""


@contextmanager
def foreign_device() -> Generator[None]:
    with subprocess.Popen(
        [sys.executable, "-c", DEVICE, ADDRESS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            said = process.stdout.readline().strip()
            if said != "ready":
                pytest.skip(f"port {MULTICAST[1]} cannot be used on this machine: {said}")
            yield
        finally:
            process.kill()


def test_a_foreign_device_is_found() -> None:
    with foreign_device():
        found = asyncio.run(discover(1.5, destination=("127.0.0.1", MULTICAST[1])))
    assert DiscoveredDevice(ADDRESS, "ACME Cam", "X-1", "gate") in found
