"""Stories of walls: made by dragging and by keys, shared, contested, rotating, in two windows."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.looking import SLOW_MS, wait_for
from vedette.base.ids import new_id
from vedette.testing.running import RunningServer

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.xdist_group("browser")]

PASSWORD = "another long password"
CAMERAS = ("Car park", "Gate north", "Lobby", "Playground")


def wait_until_playing(page: Page, count: int) -> None:
    wait_for(
        page,
        "count => document.querySelectorAll('.tile[data-state=playing]').length >= count",
        count,
    )


@pytest.fixture(scope="module")
def colleague(browser: Browser, server: RunningServer) -> Iterator[Page]:
    """Somebody else of the same organisation, with a browser of their own."""
    name = f"colleague {new_id()}"
    server.command(
        "person", "add", name, "--role", "administrator", environment={"VEDETTE_PASSWORD": PASSWORD}
    )
    size: Any = {"width": 1280, "height": 800}
    context = browser.new_context(base_url=server.url, viewport=size)
    context.set_default_timeout(SLOW_MS)
    answer = context.request.post(
        "/api/v1/session",
        data={"name": name, "password": PASSWORD},
        headers={"Origin": server.url},
    )
    assert answer.ok, answer.text()
    yield context.new_page()
    context.close()


def ask(page: Page, method: str, path: str, body: Any = None) -> Any:
    """Ask the API as whoever looks at the page."""
    origin = re.match(r"https?://[^/]+", page.url)
    assert origin, "open a page first"
    answer = page.context.request.fetch(
        f"/api/v1{path}", method=method, data=body, headers={"Origin": origin.group()}
    )
    assert answer.ok, answer.text()
    return answer.json() if answer.status != 204 else None


def camera_ids(page: Page) -> dict[str, str]:
    return {one["name"]: one["id"] for one in ask(page, "GET", "/cameras")["cameras"]}


def make_wall(page: Page, cells: list[dict[str, Any]], columns: int = 2, rows: int = 1) -> str:
    """A private wall by the API, opened; its name is nobody else's."""
    page.goto("/")
    name = f"Wall {new_id()}"
    body = {"name": name, "columns": columns, "rows": rows, "cells": cells}
    wall = ask(page, "POST", "/walls", body)
    page.goto(f"/wall/{wall['id']}")
    return str(wall["id"])


def drag(page: Page, what: Locator, to: Locator) -> None:
    """With the mouse, in steps, as a hand does."""
    begin, end = what.bounding_box(), to.bounding_box()
    assert begin
    assert end
    page.mouse.move(begin["x"] + begin["width"] / 2, begin["y"] + begin["height"] / 2)
    page.mouse.down()
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=5)
    page.mouse.up()


def slot(page: Page, x: int, y: int) -> Locator:
    return page.locator(f'[data-slot="{x},{y}"]')


def begin_wall(page: Page, name: str, columns: int, rows: int) -> None:
    page.goto("/")
    page.get_by_role("button", name="New wall").click()
    page.get_by_label("Name of the wall").fill(name)
    page.get_by_label("Columns").first.select_option(str(columns))
    page.get_by_label("Rows").first.select_option(str(rows))


def save(page: Page) -> str:
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(re.compile(r"/wall/[0-9a-f-]{36}$"))
    return page.url.rpartition("/")[2]


def test_a_wall_is_dragged_together_and_shared(page: Page, colleague: Page) -> None:
    name = f"Night watch {new_id()}"
    begin_wall(page, name, 2, 2)
    for index, camera in enumerate(CAMERAS):
        drag(page, page.locator(f'[data-item="{camera}"]'), slot(page, index % 2, index // 2))
    # The first and the last change places, and one step is undone.
    drag(page, slot(page, 0, 0), slot(page, 1, 1))
    expect(slot(page, 0, 0)).to_have_attribute("aria-label", "row 1, column 1: Playground")
    page.get_by_role("button", name="Undo").click()
    expect(slot(page, 0, 0)).to_have_attribute("aria-label", "row 1, column 1: Car park")
    page.get_by_label("Shared").check()
    saved = save(page)
    wait_until_playing(page, 4)

    colleague.goto("/")
    colleague.get_by_label("Wall", exact=True).select_option(label=name)
    assert colleague.url.endswith(f"/wall/{saved}")
    faces = colleague.locator("[data-face]")
    expect(faces).to_have_count(4)
    assert [one.get_attribute("aria-label") for one in faces.all()] == [
        f"{camera}, Live" for camera in CAMERAS
    ]
    # The browser remembers which wall it showed last.
    colleague.goto("/")
    colleague.wait_for_url(re.compile(saved))


def test_a_private_wall_made_by_keys_alone_is_seen_by_nobody_else(
    page: Page, colleague: Page
) -> None:
    name = f"Mine {new_id()}"
    begin_wall(page, name, 3, 2)
    said = page.locator("[aria-live=assertive]")
    page.locator('[data-item="Lobby"]').focus()
    page.keyboard.press("Enter")
    expect(said).to_contain_text("Lobby is picked up")
    page.keyboard.press("ArrowRight")
    expect(said).to_have_text("row 1, column 2: empty")
    page.keyboard.press("Enter")
    expect(said).to_have_text("Lobby is at row 1, column 2.")
    # It grows over four places, and is carried one to the left.
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    expect(said).to_have_text("Lobby is 2 columns wide, 2 rows high.")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(said).to_have_text("Lobby is at row 1, column 1.")
    saved = save(page)
    cells = ask(page, "GET", f"/walls/{saved}")["cells"]
    assert [(one["x"], one["y"], one["w"], one["h"]) for one in cells] == [(0, 0, 2, 2)]

    colleague.goto("/")
    expect(colleague.get_by_label("Wall", exact=True)).to_be_visible()
    assert name not in colleague.get_by_label("Wall", exact=True).inner_text()
    colleague.goto(f"/wall/{saved}")
    expect(colleague.get_by_role("heading", name="This wall is not here")).to_be_visible()


def test_leaving_with_unsaved_changes_asks(page: Page) -> None:
    begin_wall(page, f"Unsaved {new_id()}", 2, 1)
    page.locator('[data-item="Lobby"]').dblclick()
    page.get_by_role("link", name="Storage").click()
    expect(page.get_by_role("dialog", name="Leave without saving?")).to_be_visible()
    page.get_by_role("button", name="Stay here").click()
    expect(slot(page, 0, 0)).to_have_attribute("aria-label", "row 1, column 1: Lobby")
    page.get_by_role("link", name="Storage").click()
    page.get_by_role("button", name="Drop the changes").click()
    page.wait_for_url(re.compile("/storage$"))


def test_the_second_of_two_editors_loses_nothing(page: Page, colleague: Page) -> None:
    page.goto("/")
    name = f"Contested {new_id()}"
    cell = {"x": 0, "y": 0, "kind": "camera", "cameras": [camera_ids(page)["Lobby"]]}
    body = {"name": name, "shared": True, "columns": 2, "rows": 1, "cells": [cell]}
    wall = ask(page, "POST", "/walls", body)["id"]
    for editor in (page, colleague):
        editor.goto(f"/wall/{wall}")
        editor.get_by_role("button", name="Edit this wall").click()
    colleague.locator('[data-item="Gate north"]').dblclick()
    save(colleague)
    expect(page.get_by_role("status").filter(has_text="saved this wall just now")).to_be_visible()
    page.locator('[data-item="Playground"]').dblclick()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("theirs is not overwritten")
    page.get_by_role("button", name="Save mine as a copy").click()
    page.wait_for_url(lambda url: wall not in url)
    names = {one["name"]: one for one in ask(page, "GET", "/walls")["walls"]}
    ids = camera_ids(page)
    theirs, mine = ([one["cameras"] for one in names[n]["cells"]] for n in (name, f"{name} 2"))
    assert theirs == [[ids["Lobby"]], [ids["Gate north"]]]
    assert mine == [[ids["Lobby"]], [ids["Playground"]]]


def test_a_sequence_turns_without_a_black_picture_and_holds_under_the_pointer(page: Page) -> None:
    page.clock.install()
    page.goto("/")
    ids = camera_ids(page)
    turn = {
        "kind": "sequence",
        "cameras": [ids["Car park"], ids["Lobby"], ids["Playground"]],
        "dwell_s": 60,
    }
    make_wall(page, [{"x": 0, "y": 0, **turn}])
    cell = page.locator(".cell[data-kind=sequence]")
    expect(cell).to_have_attribute("data-camera", ids["Car park"])
    wait_until_playing(page, 1)
    page.clock.fast_forward(58_000)
    # The next one plays behind the one that is shown, before its turn.
    wait_until_playing(page, 2)
    expect(cell).to_have_attribute("data-camera", ids["Car park"])
    page.clock.fast_forward(3_000)
    expect(cell).to_have_attribute("data-camera", ids["Lobby"])
    assert cell.locator(".tile").first.get_attribute("data-state") == "playing"
    cell.hover()
    page.clock.fast_forward(600_000)
    expect(cell).to_have_attribute("data-camera", ids["Lobby"])
    cell.get_by_role("button", name="Next camera of the sequence").click()
    expect(cell).to_have_attribute("data-camera", ids["Playground"])
    cell.get_by_role("button", name="Previous camera of the sequence").click()
    expect(cell).to_have_attribute("data-camera", ids["Lobby"])


def test_the_spot_shows_what_a_person_chose_until_an_alarm_takes_it(page: Page) -> None:
    page.goto("/")
    ids = camera_ids(page)
    camera = {"x": 0, "y": 0, "kind": "camera", "cameras": [ids["Lobby"]]}
    make_wall(page, [camera, {"x": 1, "y": 0, "kind": "spot"}])
    spot = page.locator(".cell[data-kind=spot]")
    expect(spot).to_contain_text("Click a camera to see it here.")
    page.get_by_role("button", name=re.compile("^Lobby")).click()
    expect(spot).to_have_attribute("data-camera", ids["Lobby"])
    ask(page, "POST", "/walls/spot", {"camera": ids["Gate north"], "reason": "Door forced"})
    expect(spot).to_have_attribute("data-camera", ids["Gate north"])
    expect(spot.get_by_role("alert")).to_contain_text("Door forced")


def test_a_cell_grows_to_the_main_stream_and_is_zoomed_into(page: Page) -> None:
    page.goto("/")
    cell = {"x": 0, "y": 0, "kind": "camera", "cameras": [camera_ids(page)["Lobby"]]}
    make_wall(page, [cell], columns=3, rows=3)
    tile = page.locator(".cell .tile")
    expect(tile).to_have_attribute("data-role", "sub")
    face = page.get_by_role("button", name=re.compile("^Lobby"))
    face.focus()
    page.keyboard.press("Enter")
    expect(tile).to_have_attribute("data-role", "main")
    wait_until_playing(page, 1)
    box = tile.bounding_box()
    assert box
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    page.mouse.wheel(0, -300)
    near = page.locator(".cell .zoomable")
    expect(near).to_have_attribute("data-scale", "2.00")
    expect(page.locator(".overview")).to_be_visible()
    # The corner under the pointer is in sight, and no drag leads beyond the picture's edge.
    page.mouse.down()
    page.mouse.move(box["x"] + 900, box["y"] + 600, steps=4)
    page.mouse.up()
    edges = "() => { const b = s => document.querySelector(s).getBoundingClientRect();"
    edges += " const v = b('.cell video'), c = b('.cell .zoomable');"
    # The numbered clip is a little narrower than its box: the bar beside it is no picture.
    edges += " const bar = (v.width - (v.height * 640) / 368) / 2;"
    edges += " return [v.left + bar - c.left, v.top - c.top]; }"
    left, top = page.evaluate(edges)
    assert left == pytest.approx(0, abs=1)
    assert top == pytest.approx(0, abs=1)
    page.keyboard.press("0")
    expect(near).to_have_attribute("data-scale", "1.00")
    page.keyboard.press("Escape")
    expect(tile).to_have_attribute("data-role", "sub")


def test_each_window_keeps_a_wall_of_its_own(page: Page) -> None:
    page.goto("/")
    ids = camera_ids(page)
    cell = {"x": 0, "y": 0, "kind": "camera", "cameras": [ids["Lobby"]]}
    wall = make_wall(page, [cell], columns=1)
    with page.context.expect_page() as opening:
        page.get_by_role("button", name="Open in a second window").click()
    second = opening.value
    # Asked for the address, not for a load: what a window does before it is known is not told.
    expect(second).to_have_url(re.compile(rf"/wall/{wall}\?chrome=off$"))
    wait_until_playing(second, 1)
    assert second.get_by_role("navigation").count() == 0
    assert second.locator("header").count() == 0
    page.get_by_label("Wall", exact=True).select_option(label="All cameras")
    wait_until_playing(page, 4)
    expect(second.locator("[data-face]")).to_have_count(1)
    # What is saved in one window shows in the other at once.
    more = {"x": 1, "y": 0, "kind": "camera", "cameras": [ids["Playground"]]}
    body = {"name": f"Wider {new_id()}", "columns": 2, "rows": 1, "cells": [cell, more]}
    ask(page, "PUT", f"/walls/{wall}", body | {"revision": 1})
    expect(second.locator("[data-face]")).to_have_count(2)
    second.close()


def test_a_removed_camera_leaves_a_place_that_says_so(page: Page) -> None:
    page.goto("/")
    camera = ask(
        page,
        "POST",
        "/cameras",
        {"name": f"Old {new_id()}", "address": "rtsp://127.0.0.1:9/none", "enabled": False},
    )
    make_wall(page, [{"x": 0, "y": 0, "kind": "camera", "cameras": [camera["id"]]}])
    cell = page.locator(".cell")
    expect(cell).to_have_attribute("data-camera", camera["id"])
    ask(page, "DELETE", f"/cameras/{camera['id']}")
    expect(cell).to_contain_text("Camera removed")


def test_a_phone_shows_the_cells_of_a_wall_one_below_the_other(phone: Page) -> None:
    phone.goto("/")
    ids = camera_ids(phone)
    cells = [
        {"x": index, "y": 0, "kind": "camera", "cameras": [ids[name]]}
        for index, name in enumerate(CAMERAS[:2])
    ]
    make_wall(phone, cells)
    expect(phone.locator(".cell")).to_have_count(2)
    boxes = [one.bounding_box() for one in phone.locator(".cell").all()]
    assert all(box and box["width"] > 340 for box in boxes)
    scrolled = phone.evaluate(
        "[...document.querySelectorAll('html, body, main')].map(e => e.scrollWidth - e.clientWidth)"
    )
    assert scrolled == [0, 0, 0]
