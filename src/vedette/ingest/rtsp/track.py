"""One track of a camera: what the SDP offers made into depacketiser, feed and RTCP."""

import secrets
from dataclasses import dataclass

import structlog

from vedette.base.errors import SourceLost, SourceUnsupported
from vedette.ingest.ports import MediaReceiver
from vedette.ingest.rtsp import sdp
from vedette.ingest.rtsp.depacketisers import aac
from vedette.ingest.rtsp.depacketisers.aac import AacDepacketiser, AudioFrame
from vedette.ingest.rtsp.depacketisers.access_unit import AccessUnitBuilder
from vedette.ingest.rtsp.depacketisers.g711 import G711Depacketiser
from vedette.ingest.rtsp.depacketisers.h264 import H264Depacketiser, H264Sets
from vedette.ingest.rtsp.depacketisers.h265 import H265Depacketiser, H265Sets
from vedette.ingest.rtsp.depacketisers.opus import MAX_CHANNELS, OpusDepacketiser
from vedette.ingest.rtsp.feed import AudioFeed, VideoFeed
from vedette.ingest.rtsp.rtcp import Reception, SenderInfo, build_report, parse_rtcp
from vedette.ingest.rtsp.rtp import Depacketiser, Moment, RtpReceiver
from vedette.ingest.rtsp.sdp import MediaOffer, SessionDescription
from vedette.media import g711, opus
from vedette.model.packet import AudioTrack, Codec

_log = structlog.get_logger(__name__)
_VIDEO = {"h264", "h265", "hevc"}
_G711 = {"pcma": Codec.PCM_ALAW, "pcmu": Codec.PCM_MULAW}


@dataclass(frozen=True, slots=True)
class Choice:
    """Which offers to take.

    Attributes:
        video: H.264 or H.265.
        audio: What to ask for beside it, with the track that it is.
    """

    video: MediaOffer
    audio: tuple[MediaOffer, AudioTrack] | None


def choose(name: str, description: SessionDescription) -> Choice:
    """The first video and the first audio that can be read; metadata and the rest are left.

    Args:
        name: Of the camera, for the log.
        description: What is offered.

    Raises:
        SourceUnsupported: No video is offered that can be read.
    """
    videos = [offer for offer in description.media if offer.kind == "video"]
    video = next((offer for offer in videos if offer.encoding in _VIDEO), None)
    if video is None:
        offered = ", ".join(sorted({offer.encoding.upper() or "?" for offer in videos})) or "none"
        raise SourceUnsupported(
            f"the camera offers no H.264 or H.265 video (offered: {offered[:200]}); change its"
            " codec or use the libav driver for it"
        )
    for offer in description.media:
        if offer.kind != "audio":
            continue
        try:
            return Choice(video, (offer, _audio_track(offer)))
        except SourceLost as error:
            _log.warning("rtsp.audio_left_out", camera=name, reason=str(error))
    return Choice(video, None)


def _audio_track(offer: MediaOffer) -> AudioTrack:
    if offer.encoding in _G711:
        return g711.audio_track(_G711[offer.encoding], offer.clock_rate, offer.channels)
    if offer.encoding == "mpeg4-generic":
        return aac.audio_track(offer.parameters)
    if offer.encoding == "opus":
        return opus.audio_track(min(offer.channels, MAX_CHANNELS))
    if offer.encoding == "mp4a-latm":
        raise SourceUnsupported("AAC is sent as LATM, which is not understood; choose AAC or G.711")
    raise SourceUnsupported(f"audio as {offer.encoding.upper()[:40] or '?'} is not understood")


class Track:
    """A track that is being received.

    Attributes:
        offer: What was chosen.
        rtp: Takes its packets.
        feed: Hands on its frames.
        builder: Of video, gathers the pictures.
    """

    def __init__(
        self,
        offer: MediaOffer,
        feed: VideoFeed | AudioFeed,
        depacketiser: Depacketiser,
        moment: Moment,
    ) -> None:
        self.offer = offer
        self.feed = feed
        self.rtp = RtpReceiver(offer.payload_type, depacketiser, feed.restarted)
        self.builder = depacketiser if isinstance(depacketiser, AccessUnitBuilder) else None
        self._moment = moment
        self._own_ssrc = secrets.randbits(32)
        self._last_sender: tuple[SenderInfo, int] | None = None
        self._reported = (0, 0)  # expected and lost at the last report

    def control(self, buffer: bytearray, start: int, stop: int) -> None:
        """Take an RTCP packet."""
        for info in parse_rtcp(buffer[start:stop]):
            if info.ssrc != self.rtp.ssrc:
                continue
            self._last_sender = (info, self._moment.ns)
            if info.ntp_us:
                self.feed.sender(info)

    def report(self, now_ns: int) -> bytes:
        """A receiver report on what came so far."""
        rtp = self.rtp
        if rtp.ssrc < 0:
            return build_report(self._own_ssrc, "vedette", None)
        expected, lost = rtp.expected - self._reported[0], rtp.lost - self._reported[1]
        self._reported = (rtp.expected, rtp.lost)
        middle, delay_ns = 0, 0
        if self._last_sender is not None:
            info, arrival_ns = self._last_sender
            middle, delay_ns = info.middle, now_ns - arrival_ns
        reception = Reception(
            ssrc=rtp.ssrc,
            fraction=min(255, lost * 256 // expected) if expected > 0 else 0,
            lost=rtp.lost,
            highest=rtp.highest,
            jitter=round(self.feed.jitter.ticks),
            middle=middle,
            delay_ns=delay_ns,
        )
        return build_report(self._own_ssrc, "vedette", reception)


class _AudioLoss:
    """Passes on to a feed what its depacketiser hears of loss."""

    def __init__(self, inner: Depacketiser, feed: AudioFeed) -> None:
        self._inner = inner
        self._feed = feed
        self.unit = inner.unit
        self.restart = inner.restart

    def lost(self, count: int) -> None:
        """See Depacketiser.lost."""
        self._inner.lost(count)
        self._feed.lost(count)


def make_tracks(
    choice: Choice, receiver: MediaReceiver, moment: Moment
) -> tuple[Track, Track | None]:
    """Video and audio, ready to receive.

    Raises:
        SourceProtocol: A parameter is broken.
    """
    offer = choice.video
    audio = choice.audio[1] if choice.audio else None
    sets = H264Sets() if offer.encoding == "h264" else H265Sets()
    for unit in sdp.parameter_sets(offer):
        sets.add(unit)
    feed = VideoFeed(sets, receiver, moment, rate=offer.clock_rate, audio=audio)
    if isinstance(sets, H264Sets):
        builder: AccessUnitBuilder = H264Depacketiser(sets, feed.access_unit)
    else:
        builder = H265Depacketiser(sets, feed.access_unit)
    assert isinstance(builder, H264Depacketiser | H265Depacketiser)  # noqa: S101
    video = Track(offer, feed, builder, moment)
    if choice.audio is None:
        return video, None
    audio_offer, audio_track = choice.audio
    audio_feed = AudioFeed(audio_track, feed, receiver, moment, rate=audio_offer.clock_rate)
    inner = _audio_depacketiser(audio_offer, audio_track, audio_feed.frame)
    return video, Track(audio_offer, audio_feed, _AudioLoss(inner, audio_feed), moment)


def _audio_depacketiser(offer: MediaOffer, track: AudioTrack, deliver: AudioFrame) -> Depacketiser:
    if track.codec is Codec.AAC:
        ticks = aac.frame_ticks(offer.clock_rate, track.sample_rate)
        return AacDepacketiser(offer.parameters, ticks, deliver)
    if track.codec is Codec.OPUS:
        return OpusDepacketiser(deliver)
    return G711Depacketiser(deliver)


def track_from_sdp(choice: Choice) -> H264Sets | H265Sets:
    """The parameter sets that the SDP itself gives, perhaps none."""
    sets = H264Sets() if choice.video.encoding == "h264" else H265Sets()
    for unit in sdp.parameter_sets(choice.video):
        sets.add(unit)
    return sets
