"""Ingest against a server that is not ours: GStreamer's, with numbered frames."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NO_FARM = 75


@pytest.mark.server
@pytest.mark.parametrize(
    ("transport", "sign_in"), [("tcp", "digest"), ("udp", "none"), ("tcp", "basic")]
)
def test_every_numbered_frame_arrives(transport: str, sign_in: str) -> None:
    command = [sys.executable, "-m", "bench.ingest", "--cameras", "3", "--seconds", "3"]
    command += ["--settle", "1.5", "--transport", transport, "--sign-in", sign_in]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=90, check=False
    )
    if done.returncode == NO_FARM:
        pytest.skip(f"no third-party camera: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["frame_rate"] > 20
    lost = ("lost_packets", "lost_frames", "unnumbered_frames", "missed_frames", "closed")
    assert {name: found[name] for name in lost} == dict.fromkeys(lost, 0)
