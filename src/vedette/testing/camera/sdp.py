"""The session description of a simulated camera, in order or broken on demand."""

import base64
from collections.abc import Callable

from vedette.model.packet import Codec
from vedette.testing.camera.clip import AudioLoop, ClipFormat
from vedette.testing.camera.faults import Faults, ParameterSets, SdpFault

VIDEO_PAYLOAD_TYPE = 96
AAC_PAYLOAD_TYPE = 97


def audio_payload_type(codec: Codec) -> int:
    """RFC 3551 numbers for G.711, a dynamic one for AAC."""
    return {Codec.PCM_MULAW: 0, Codec.PCM_ALAW: 8}.get(codec, AAC_PAYLOAD_TYPE)


def _video_lines(video: ClipFormat, faults: Faults) -> list[str]:
    number = VIDEO_PAYLOAD_TYPE
    encoded = [base64.b64encode(unit).decode("ascii") for unit in video.parameter_sets]
    say = faults.parameter_sets in {ParameterSets.BOTH, ParameterSets.SDP}
    if faults.sdp is SdpFault.BAD_BASE64:
        encoded = ["!" + text[1:] for text in encoded]
    name = "H264" if video.codec is Codec.H264 else "H265"
    if faults.sdp is SdpFault.UNKNOWN_CODEC:
        name = "DIVX9"
    if video.codec is Codec.H264:
        profile = video.parameter_sets[0][1:4].hex().upper()
        parameters = [f"profile-level-id={profile}", "packetization-mode=1"]
        parameters += [f"sprop-parameter-sets={','.join(encoded)}"] if say else []
    else:
        names = ("sprop-vps", "sprop-sps", "sprop-pps")
        parameters = [f"{key}={text}" for key, text in zip(names, encoded, strict=True)]
        parameters = parameters if say else []
    fmtp = ";".join(parameters)
    if faults.sdp is SdpFault.SPACED_FMTP:
        fmtp = " ; ".join(text.replace("sprop", "Sprop", 1) for text in parameters) + " ;"
    lines = [f"m=video 0 RTP/AVP {number}", f"a=rtpmap:{number} {name}/90000"]
    lines += [f"a=fmtp:{number} {fmtp}"] if fmtp else []
    return [*lines, f"a=framerate:{video.frame_rate:g}"]


def _audio_lines(audio: AudioLoop) -> list[str]:
    number = audio_payload_type(audio.codec)
    lines = [f"m=audio 0 RTP/AVP {number}"]
    if audio.codec is Codec.AAC:
        lines.append(f"a=rtpmap:{number} mpeg4-generic/{audio.sample_rate}/{audio.channels}")
        lines.append(
            f"a=fmtp:{number} streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13;"
            f"indexlength=3;indexdeltalength=3;config={audio.config.hex().upper()}"
        )
    else:
        name = "PCMA" if audio.codec is Codec.PCM_ALAW else "PCMU"
        lines.append(f"a=rtpmap:{number} {name}/{audio.sample_rate}/{audio.channels}")
    return lines


_METADATA = (
    "m=application 0 RTP/AVP 107",
    "a=rtpmap:107 vnd.onvif.metadata/90000",
    "a=control:track9",
)

_BROKEN: dict[SdpFault, Callable[[], bytes]] = {
    SdpFault.EMPTY: lambda: b"",
    SdpFault.GARBAGE: lambda: bytes(range(256)) * 4,
    SdpFault.BOMB: lambda: b"v=0\r\n" + b"m=video 0 RTP/AVP 96\r\n" * 200_000,
    SdpFault.LONG_LINE: lambda: b"v=0\r\na=" + b"x" * (8 << 20) + b"\r\n",
}


def _control(track: str, base_url: str, fault: SdpFault) -> list[str]:
    if fault is SdpFault.NO_CONTROL:
        return []
    absolute = fault is SdpFault.ABSOLUTE_CONTROL
    return [f"a=control:{base_url}/{track}" if absolute else f"a=control:{track}"]


def describe(video: ClipFormat, base_url: str, faults: Faults) -> bytes:
    """The SDP (RFC 8866) of a stream.

    Args:
        video: What is played.
        base_url: URL of the stream, without a trailing slash.
        faults: ``sdp`` and ``parameter_sets`` are looked at.
    """
    if faults.sdp in _BROKEN:
        return _BROKEN[faults.sdp]()
    lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=Vedette simulated camera", "c=IN IP4 0.0.0.0"]
    if faults.sdp is SdpFault.LATIN_1:
        lines[2] = "s=Caf\xe9 n\xb01"
    lines.append("t=0 0")
    if faults.sdp not in {SdpFault.NO_CONTROL, SdpFault.NO_SESSION_CONTROL}:
        lines += ["a=control:*", "a=range:npt=0-"]
    if faults.sdp is SdpFault.METADATA_TRACK:
        lines += _METADATA
    if faults.sdp is not SdpFault.NO_VIDEO:
        lines += _video_lines(video, faults) + _control("track1", base_url, faults.sdp)
    if video.audio is not None:
        lines += _audio_lines(video.audio) + _control("track2", base_url, faults.sdp)
    ending = "\n" if faults.sdp is SdpFault.BARE_LF else "\r\n"
    return (ending.join(lines) + ending).encode("latin-1")
