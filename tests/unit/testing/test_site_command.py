"""The simulated site's command line, as ``vedette demo`` uses it."""

import json
import signal
import subprocess
import sys


def test_it_tells_its_cameras_and_ends_when_told() -> None:
    command = [sys.executable, "-m", "vedette.testing.site", "--port", "0", "--cameras", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as site:
        try:
            assert site.stdout is not None
            first, second, ready = (json.loads(site.stdout.readline()) for _ in range(3))
            site.send_signal(signal.SIGTERM)
            assert site.wait(5) == 0
        finally:
            site.kill()
    assert [first["place"], second["place"]] == ["school-gate", "car-park"]
    assert first["main"].startswith("rtsp://127.0.0.1:")
    assert first["sub"] != first["main"]
    assert ready["ready"]
    assert str(ready["port"]) in first["main"]
