"""Everything that Vedette raises on purpose.

VedetteError
├── ConfigError           the operator must change something
│   └── UnknownDriver     no such plug-in is installed
├── NotFound              no such thing, or it belongs to another organisation
├── Conflict              the thing exists already, or changed meanwhile
│   └── Outdated          somebody else changed it since the caller looked
├── Refused               the person, token or peer may not do that
│   ├── TooManyAttempts   too many wrong passwords; wait
│   ├── ReasonAsked       the organisation wants to know why; say so and ask again
│   ├── ProveAgain        signed in too long ago for what is asked; sign in once more
│   ├── BeginAgain        what was begun took too long, or was finished already
│   └── CodeAsked         the password was right; a code is asked, too
├── BadRequest            the caller asked for something that makes no sense
├── SourceLost            a camera stopped answering or spoke nonsense; retry later
│   ├── SourceRefused     the camera refused the credentials
│   ├── SourceStalled     the camera is connected but sends nothing
│   ├── SourceUnsupported the camera speaks a codec or dialect that we do not
│   └── SourceProtocol    the camera broke the protocol or a limit
└── StorageError          a volume cannot be used
    ├── VolumeFull        no space beyond the reserve
    ├── VolumeCondemned   a write or fsync failed; the volume takes no more footage
    └── WrongVolume       the identity file is missing or another volume's
"""


class VedetteError(Exception):
    """Base of every deliberate error; its text is one sentence that says the way out."""


class ConfigError(VedetteError):
    """The configuration cannot be used."""


class UnknownDriver(ConfigError):
    """No plug-in of that name is installed."""


class NotFound(VedetteError):
    """There is no such thing in this organisation."""


class Conflict(VedetteError):
    """The thing exists already, or was changed by somebody else."""


class Outdated(Conflict):
    """Somebody else changed the thing since the caller looked at it."""


class Refused(VedetteError):
    """The person, token or peer may not do that."""


class TooManyAttempts(Refused):
    """Too many wrong passwords for one name or from one source.

    Attributes:
        retry_after_s: Seconds after which the next attempt is looked at, at least 1.
    """

    def __init__(self, message: str, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ReasonAsked(Refused):
    """The organisation asks for a reason before what was asked for.

    Attributes:
        act: What the reason is to be given for, as ``vedette.model.reason`` names it.
    """

    def __init__(self, act: str) -> None:
        super().__init__(
            "your organisation asks for a reason before this; give one with "
            "POST /api/v1/session/reason, then ask again"
        )
        self.act = act


class ProveAgain(Refused):
    """The session is too old for a change of what proves who somebody is."""


class BeginAgain(Refused):
    """A sign-in of several steps took too long, or was finished already."""


class CodeAsked(Refused):
    """The password was right, and a second step is to follow; nobody is signed in yet.

    A refusal, so that whoever does not know of second steps lets nobody in.

    Attributes:
        second_step: Secret that names this sign-in when the code is sent.
    """

    def __init__(self, second_step: str) -> None:
        super().__init__("enter the code that your authenticator app shows")
        self.second_step = second_step


class BadRequest(VedetteError):
    """What was asked makes no sense: an empty range, an unknown unit."""


class SourceLost(VedetteError):
    """A camera stopped answering, or could not be reached."""


class SourceRefused(SourceLost):
    """The camera refused the credentials."""


class SourceStalled(SourceLost):
    """The camera is connected, but nothing came for too long."""


class SourceUnsupported(SourceLost):
    """The camera offers no codec or transport that we understand."""


class SourceProtocol(SourceLost):
    """The camera broke the protocol, or exceeded a limit that protects its neighbours."""


class StorageError(VedetteError):
    """A volume cannot be used."""


class VolumeFull(StorageError):
    """No space is left beyond the reserve."""


class VolumeCondemned(StorageError):
    """A write or an fsync failed, so the volume takes no more footage."""


class WrongVolume(StorageError):
    """The identity file is missing or belongs to another volume."""
