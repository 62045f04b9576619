"""A simulated camera: an RTSP server that plays a clip or a scene, with faults on demand.

In: a `Feed` (a looped `Clip`, or the generated scene). Out: RTSP/1.0 with RTP over TCP or UDP.
`SimulatedCamera` is one camera with a main and a sub stream, `SimulatedSite` many on one port.
"""

from vedette.testing.camera.auth import AuthScheme
from vedette.testing.camera.clip import AudioLoop, Clip, ClipFormat, ClipFrame, load_clip
from vedette.testing.camera.faults import Faults, ParameterSets, Refusal, SdpFault
from vedette.testing.camera.feed import ClipFeed, Feed, FeedItem
from vedette.testing.camera.mounts import Mount, ServerSettings
from vedette.testing.camera.server import RtspServer
from vedette.testing.camera.session import ClientAccount
from vedette.testing.camera.site import CameraAt, SimulatedCamera, SimulatedSite

__all__ = [
    "AudioLoop",
    "AuthScheme",
    "CameraAt",
    "ClientAccount",
    "Clip",
    "ClipFeed",
    "ClipFormat",
    "ClipFrame",
    "Faults",
    "Feed",
    "FeedItem",
    "Mount",
    "ParameterSets",
    "Refusal",
    "RtspServer",
    "SdpFault",
    "ServerSettings",
    "SimulatedCamera",
    "SimulatedSite",
    "load_clip",
]
