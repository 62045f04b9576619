"""Tables of cameras: every faulty line is named, and no text makes the reader fail."""

import csv
import io
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.cameras.plan import COLUMNS, MOST_LINES, CameraTable, Surroundings, read_table
from vedette.model.camera import Credentials, RecordingMode, StreamRole, Transport


def read(text: str, taken: frozenset[str] = frozenset()) -> CameraTable:
    numbers = itertools.count()
    around = Surroundings("ours", taken, {"School": "s1"}, lambda: f"c{next(numbers)}", 7)
    return read_table(text, around)


def problems(text: str, taken: frozenset[str] = frozenset()) -> list[tuple[int, str]]:
    return [(one.line, one.field) for one in read(text, taken).problems]


def test_a_full_line_becomes_a_camera() -> None:
    table = read(
        "name,address,sub_address,username,password,site,make,model,onvif_address,transport,mode,"
        "keep_days\n"
        'Gate,rtsp://192.0.2.7/main,rtsp://192.0.2.7/sub,root,"a,b""c",School,Acme,Eye,'
        "http://192.0.2.7/onvif/device_service,udp,event,7\n"
    )
    assert table.problems == ()
    (row,) = table.rows
    assert row.line == 2
    assert row.credentials == Credentials("root", 'a,b"c')
    camera = row.camera
    assert (camera.name, camera.site, camera.make, camera.model) == ("Gate", "s1", "Acme", "Eye")
    assert camera.streams[StreamRole.MAIN].transport is Transport.UDP
    assert camera.streams[StreamRole.SUB].address == "rtsp://192.0.2.7/sub"
    assert camera.policy.mode is RecordingMode.EVENT
    assert camera.policy.keep_s == 7 * 86_400
    assert (camera.organisation, camera.created_us) == ("ours", 7)


def test_what_spreadsheets_write_is_read() -> None:
    table = read("\ufeffAddress;Name;keep_days\r\n\r\nrtsp://u:p@192.0.2.7/;Gate;0,5\r\n;;\r\n")
    assert table.problems == ()
    (row,) = table.rows
    assert row.line == 3
    assert row.camera.streams[StreamRole.MAIN].address == "rtsp://192.0.2.7/"
    assert row.credentials == Credentials("u", "p")
    assert row.camera.policy.keep_s == 43_200


def test_zero_days_are_as_long_as_there_is_room() -> None:
    (row,) = read("name,address,keep_days\nA,rtsp://h/,0\n").rows
    assert row.camera.policy.keep_s is None


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        (",rtsp://h/,,,,,", ["name"]),
        ("Taken,rtsp://h/,,,,,", ["name"]),
        ("A,,,,,,", ["address"]),
        ("A,192.0.2.7,,,,,", ["address"]),
        ("A,file:///etc/passwd,,,,,", ["address"]),
        ("A,rtsp://h/,Nowhere,,,,", ["site"]),
        ("A,rtsp://h/,,sctp,,,", ["transport"]),
        ("A,rtsp://h/,,,sometimes,,", ["mode"]),
        ("A,rtsp://h/,,,,soon,", ["keep_days"]),
        ("A,rtsp://h/,,,,-1,", ["keep_days"]),
        ("A,rtsp://h/,,,,nan,", ["keep_days"]),
        ("A,rtsp://h/,,,,,secret", ["username"]),
        (
            ",,Nowhere,sctp,x,x,x",
            ["name", "transport", "mode", "keep_days", "site", "address", "username"],
        ),
        ("A,rtsp://h/", [""]),
    ],
)
def test_every_wrong_field_is_named_with_its_line(line: str, fields: list[str]) -> None:
    head = "name,address,site,transport,mode,keep_days,password\nGood,rtsp://h/,,,,,\n"
    found = problems(head + line + "\n", frozenset({"Taken"}))
    assert sorted(found) == sorted((3, name) for name in fields)


def test_lines_are_counted_as_an_editor_does() -> None:
    text = (
        'name,address,make\nA,rtsp://h/,"of\ntwo lines"\n\nB,rtsp://h/,\nA,rtsp://h/,\n,x://h/,\n'
    )
    assert problems(text) == [(2, "make"), (6, "name"), (7, "name"), (7, "address")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [(1, "name"), (1, "address")]),
        ("name,adress\n", [(1, "adress"), (1, "address")]),
        ("name,name,address\n", [(1, "name"), (1, "name")]),
        ("name,address\n", [(1, "")]),
        ('name,address\nA,"rtsp://h/\n', [(2, "")]),
    ],
)
def test_a_table_that_is_none_says_why(text: str, found: list[tuple[int, str]]) -> None:
    assert problems(text) == found


def test_a_table_that_is_too_long_is_refused() -> None:
    text = "name,address\n" + "".join(f"C{n},rtsp://h/\n" for n in range(MOST_LINES + 1))
    assert problems(text) == [(MOST_LINES + 2, "")]


def test_no_problem_repeats_a_password() -> None:
    text = (
        "name,address,username,password\n"
        "A,rtsp://root:hunter2@[bad/,,\nB,x://root:hunter2@h/,,\nC,rtsp://h/,,hunter2\n"
    )
    table = read(text)
    assert len(table.problems) == 3
    assert "hunter2" not in repr(table.problems)


@given(st.text(max_size=400))
def test_no_text_makes_it_fail(text: str) -> None:
    table = read(text)
    assert table.problems or table.rows


CELLS = st.lists(
    st.fixed_dictionaries(
        {name: st.text(st.characters(codec="utf-8"), max_size=12) for name in COLUMNS}
    ),
    min_size=1,
    max_size=6,
)


@given(CELLS, st.sampled_from(",;"))
def test_each_line_is_a_camera_or_has_a_problem(rows: list[dict[str, str]], delimiter: str) -> None:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(COLUMNS), delimiter=delimiter)
    writer.writeheader()
    writer.writerows([row | {"address": f"rtsp://h/{n}"} for n, row in enumerate(rows)])
    table = read(text.getvalue())
    bad = {one.line for one in table.problems}
    good = {one.line for one in table.rows}
    assert len(bad | good) == len(rows)
