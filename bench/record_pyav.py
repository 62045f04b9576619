"""A peer of ``bench record``: PyAV records N cameras in one process, until SIGTERM.

python bench/record_pyav.py rtsp://127.0.0.1:8554/cam 8 FOLDER
"""

import signal
import sys
import threading
from pathlib import Path
from typing import Any, cast

import av

_SEGMENT_S = 10.0


def record(url: str, folder: Path, number: int, stop: threading.Event) -> None:
    """Copy one camera's video into fragmented MP4 files of ten seconds."""
    options = {"rtsp_transport": "tcp", "fflags": "+genpts+discardcorrupt"}
    flags = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    output: Any = None
    target: Any = None
    with cast("Any", av.open(url, options=options, timeout=(20, 20))) as source:
        video = source.streams.video[0]
        start = count = 0
        for packet in source.demux(video):
            if stop.is_set():
                break
            if packet.dts is None or packet.pts is None:
                continue
            elapsed_s = float((packet.dts - start) * packet.time_base)
            if packet.is_keyframe and (output is None or elapsed_s >= _SEGMENT_S - 0.1):
                if output is not None:
                    output.close()
                path = folder / f"cam{number}-{count:04d}.mp4"
                output = av.open(str(path), "w", format="mp4", options=flags)
                target = output.add_stream_from_template(video)
                start, count = packet.dts, count + 1
            if output is not None:
                packet.pts -= start
                packet.dts -= start
                packet.stream = target
                output.mux(packet)
    if output is not None:
        output.close()


def run() -> None:
    """Record every camera, one thread each."""
    base, cameras, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: stop.set())
    threads = [
        threading.Thread(target=record, args=(f"{base}{number}", folder, number, stop))
        for number in range(cameras)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    run()
