"""G.711, A-law and mu-law (ITU-T G.711): one byte per sample and channel."""

from vedette.model.packet import AudioTrack, Codec

_STRINGS = {Codec.PCM_ALAW: "alaw", Codec.PCM_MULAW: "ulaw"}


def audio_track(codec: Codec, sample_rate: int = 8000, channels: int = 1) -> AudioTrack:
    """A track of G.711 samples.

    Args:
        codec: PCM_ALAW or PCM_MULAW.
        sample_rate: Samples per second; 8000 by the book, 16000 on some cameras.
        channels: 1 or 2.
    """
    return AudioTrack(codec, b"", _STRINGS[codec], sample_rate, channels)
