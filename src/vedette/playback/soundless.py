"""Leave the sound out of an initialisation segment, for players that do not know its codec."""

from vedette.media.boxes import Box, box, boxes


def _find(data: bytes, start: int, end: int, *path: bytes) -> bytes:
    """Body of the first box along a path, or nothing."""
    for kind in path:
        found = next((one for one in boxes(data, start, end) if one.kind == kind), None)
        if found is None:
            return b""
        start, end = found.body, found.end
    return data[start:end]


def _is_video(data: bytes, trak: Box) -> bool:
    return _find(data, trak.body, trak.end, b"mdia", b"hdlr")[8:12] == b"vide"


def _track_id(data: bytes, trak: Box) -> bytes:
    header = _find(data, trak.body, trak.end, b"tkhd")
    return header[20:24] if header[:1] == b"\x01" else header[12:16]


def video_only(init: bytes) -> bytes:
    """The initialisation segment with its video track alone.

    Args:
        init: ``ftyp`` and ``moov`` boxes.

    Raises:
        BadBox: The bytes are no boxes.
    """
    out: list[bytes] = []
    for one in boxes(init, 0, len(init)):
        if one.kind == b"moov":
            out.append(box(b"moov", *_video_parts(init, one)))
        else:
            out.append(init[one.start : one.end])
    return b"".join(out)


def _video_parts(data: bytes, moov: Box) -> list[bytes]:
    parts = boxes(data, moov.body, moov.end)
    kept = {_track_id(data, one) for one in parts if one.kind == b"trak" and _is_video(data, one)}
    out: list[bytes] = []
    for one in parts:
        if one.kind == b"trak" and _track_id(data, one) not in kept:
            continue
        whole = data[one.start : one.end]
        if one.kind == b"mvex":
            # A trex names its track after a version, flags and its own header.
            extends = [
                data[part.start : part.end]
                for part in boxes(data, one.body, one.end)
                if part.kind != b"trex" or data[part.body + 4 : part.body + 8] in kept
            ]
            whole = box(b"mvex", *extends)
        out.append(whole)
    return out
