"""Cameras from a table of comma-separated values, checked line by line, not yet added; pure."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from vedette.base.errors import BadRequest
from vedette.cameras.address import source_at, split_address
from vedette.model.camera import (
    Camera,
    Credentials,
    RecordingMode,
    RecordingPolicy,
    StreamRole,
    Transport,
)

COLUMNS: Mapping[str, str] = {
    "name": "What people call it; unique. Needed.",
    "address": "Of its main stream, such as rtsp://192.0.2.7/main. Needed.",
    "sub_address": "Of its smaller stream.",
    "username": "What the camera asks for.",
    "password": "What the camera asks for.",
    "site": "Name of a site that there is.",
    "make": "Manufacturer.",
    "model": "Model.",
    "onvif_address": "Device service, such as http://192.0.2.7/onvif/device_service.",
    "transport": "tcp or udp; tcp when empty.",
    "mode": "continuous, event or off; continuous when empty.",
    "keep_days": "Days to keep footage; 30 when empty, 0 for as long as there is room.",
}
"""The columns that a table may have, in any order, and what stands in them."""
MOST_LINES = 2_000
_DAY_S = 86_400.0
_MOST_DAYS = 36_500
_LONGEST = {"name": 200, "make": 200, "model": 200, "username": 200, "password": 1000}
_MODES = (RecordingMode.CONTINUOUS, RecordingMode.EVENT, RecordingMode.OFF)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a line cannot be used.

    Attributes:
        line: In the file, from 1; the line of the names of the columns counts.
        field: Name of the column, or empty when the whole line is meant.
        message: A sentence without the value, which may be a password.
    """

    line: int
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class TableRow:
    """A camera that a line describes, ready to be added."""

    line: int
    camera: Camera
    credentials: Credentials | None


@dataclass(frozen=True, slots=True)
class CameraTable:
    """A table as it was understood; with any problem, nothing of it should be added."""

    rows: tuple[TableRow, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a table is checked against.

    Attributes:
        organisation: Whose cameras they will be.
        taken: Names of the cameras that there are.
        sites: Identifiers of the sites by their names.
        new_id: Gives a fresh identifier for each camera.
        now_us: When they are added.
    """

    organisation: str
    taken: AbstractSet[str]
    sites: Mapping[str, str]
    new_id: Callable[[], str]
    now_us: int


def read_table(text: str, around: Surroundings) -> CameraTable:
    """Read a table; every faulty field is told, not only the first.

    Commas or semicolons separate the columns, whichever the first line has more of; spreadsheets
    write either. Quotes are as in RFC 4180. Empty lines are skipped.
    """
    text = text.removeprefix("\ufeff")
    head = text.partition("\n")[0]
    delimiter = ";" if head.count(";") > head.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines = _numbered(reader)
    try:
        _, names = next(lines, (1, list[str]()))
        columns = [name.strip().casefold() for name in names]
        problems = list(_head_problems(columns))
        if problems:
            return CameraTable(problems=tuple(problems))
        return _read_lines(lines, columns, around)
    except csv.Error as error:
        message = f"the table cannot be read here: {error}"
        return CameraTable(problems=(Problem(max(1, reader.line_num), "", message),))


def _numbered(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Records with the line on which each begins; one with quotes may go over several."""
    end = 0
    for record in reader:
        start, end = end + 1, getattr(reader, "line_num", end + 1)
        if any(cell.strip() for cell in record):
            yield start, record


def _head_problems(columns: list[str]) -> Iterator[Problem]:
    for name in columns:
        if name not in COLUMNS:
            known = ", ".join(COLUMNS)
            yield Problem(1, name[:40], f"there is no such column; the columns are {known}")
        elif columns.count(name) > 1:
            yield Problem(1, name, "the column is there more than once")
    for name in ("name", "address"):
        if name not in columns:
            yield Problem(1, name, "the column is missing from the first line")


def _read_lines(
    lines: Iterator[tuple[int, list[str]]], columns: list[str], around: Surroundings
) -> CameraTable:
    rows: list[TableRow] = []
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    for count, (line, cells) in enumerate(lines):
        if count >= MOST_LINES:
            many = f"the table has more than {MOST_LINES} cameras; split it"
            problems.append(Problem(line, "", many))
            break
        if len(cells) != len(columns):
            message = f"the line has {len(cells)} fields where the first line has {len(columns)}"
            problems.append(Problem(line, "", message))
            continue
        values = {name: cell.strip() for name, cell in zip(columns, cells, strict=True)}
        reading = _Reading(line, values, around)
        row = reading.row()
        earlier = seen.setdefault(values["name"], line)
        if earlier != line and values["name"]:
            reading.problem("name", f"line {earlier} has the same name")
        problems.extend(reading.problems)
        if row is not None:
            rows.append(row)
    if not rows and not problems:
        problems.append(Problem(1, "", "the table has no cameras below its first line"))
    return CameraTable(tuple(rows), tuple(problems))


@dataclass(slots=True)
class _Reading:
    """One line while it is read."""

    line: int
    values: Mapping[str, str]
    around: Surroundings
    problems: list[Problem] = field(default_factory=list[Problem])

    def problem(self, name: str, message: str) -> None:
        self.problems.append(Problem(self.line, name, message))

    def get(self, name: str) -> str:
        return self.values.get(name, "")

    def row(self) -> TableRow | None:
        """The camera, or None when a field is wrong."""
        self._check_texts()
        transport = self._transport()
        camera = Camera(
            id=self.around.new_id(),
            organisation=self.around.organisation,
            name=self.get("name"),
            streams={},
            policy=self._policy(),
            make=self.get("make"),
            model=self.get("model"),
            site=self._site(),
            created_us=self.around.now_us,
        )
        found: list[Credentials] = []
        for role, name in ((StreamRole.MAIN, "address"), (StreamRole.SUB, "sub_address")):
            address = self._address(name, found)
            if address is None:
                continue
            try:
                camera.streams[role] = source_at(address, None, transport)
            except BadRequest as error:
                self.problem(name, str(error))
        if StreamRole.MAIN not in camera.streams and not self.get("address"):
            self.problem("address", "an address is needed, such as rtsp://192.0.2.7/main")
        camera = replace(camera, onvif_address=self._address("onvif_address", found))
        credentials = self._credentials(found)
        return None if self.problems else TableRow(self.line, camera, credentials)

    def _check_texts(self) -> None:
        name = self.get("name")
        if not name:
            self.problem("name", "a name is needed")
        elif name in self.around.taken:
            self.problem("name", "there is already a camera of that name")
        for column, most in _LONGEST.items():
            text = self.get(column)
            if len(text) > most:
                self.problem(column, f"more than {most} characters")
            elif text and not text.isprintable():
                self.problem(column, "holds a character that cannot be printed")

    def _site(self) -> str | None:
        name = self.get("site")
        if name and name not in self.around.sites:
            known = ", ".join(sorted(self.around.sites)) or "there are none yet"
            self.problem("site", f"there is no site of that name; the sites: {known[:200]}")
        return self.around.sites.get(name)

    def _transport(self) -> Transport:
        text = self.get("transport").casefold()
        if text not in {"", *Transport}:
            self.problem("transport", "must be tcp or udp")
            return Transport.TCP
        return Transport(text or Transport.TCP)

    def _policy(self) -> RecordingPolicy:
        policy = RecordingPolicy()
        mode = self.get("mode").casefold()
        if mode and mode not in _MODES:
            self.problem("mode", "must be continuous, event or off")
        elif mode:
            policy = replace(policy, mode=RecordingMode(mode))
        days = self.get("keep_days").replace(",", ".")
        try:
            kept = float(days) if days else None
        except ValueError:
            kept = -1.0
        if kept is None:
            return policy
        if not 0 <= kept <= _MOST_DAYS:  # also when it is no number at all
            self.problem("keep_days", f"must be a number of days, 0 to {_MOST_DAYS}")
            return policy
        return replace(policy, keep_s=kept * _DAY_S or None)

    def _address(self, name: str, found: list[Credentials]) -> str | None:
        text = self.get(name)
        if not text:
            return None
        try:
            bare, inside = split_address(text)
        except BadRequest as error:
            self.problem(name, str(error))
            return None
        if inside is not None:
            found.append(inside)
        return bare

    def _credentials(self, found: list[Credentials]) -> Credentials | None:
        username, password = self.get("username"), self.get("password")
        if password and not username:
            self.problem("username", "a password without a user name")
        if username:
            return Credentials(username, password)
        return found[0] if found else None
