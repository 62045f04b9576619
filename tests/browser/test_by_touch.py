"""Stories of a finger on a telephone: dragging, pinching, and targets that a finger can hit."""

from collections.abc import Iterator
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser.furnished import Furnished
from tests.browser.looking import wait_for
from tests.browser.test_accessible import PHONE, PLACES, go_to

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.xdist_group("browser")]

REPLAY = "/camera/{camera}?at={at}"
SHOWN = ".stage[data-mode=replay][data-state=playing]"
CLOCK_US = "() => Number(document.querySelector('[data-position-us]').dataset.positionUs)"
PX = 44
"""What a finger presses is as wide and as high; see ``docs/design/accessibility.md``."""
DENSE_PX = 24
"""WCAG 2.2 asks this of every target; rows of a table have no room for more."""
WIDTHS_PX = (390, 360)
"""An ordinary telephone, and the narrowest that is still sold."""
SMALL = """([px, dense]) => {
  const front = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document;
  const pressed =
    'a[href], button, input, select, textarea, summary, [role=slider], [tabindex="0"]';
  const small = [];
  for (const one of front.querySelectorAll(pressed)) {
    const style = getComputedStyle(one);
    // A link among words is as high as they are.
    if (!one.checkVisibility() || one.closest('[inert], [aria-hidden=true]')) continue;
    if (style.display === 'inline') continue;
    const boxed = one.matches('[type=checkbox], [type=radio], [type=file]');
    const whole = (boxed && one.closest('label')) || one;
    const { width, height, right } = whole.getBoundingClientRect();
    // Around a small mark on a map lies more that a finger hits.
    const around = getComputedStyle(one, '::after');
    const beside = around.position === 'absolute' ? Math.min(0, parseFloat(around.left) || 0) : 0;
    const least = (one.closest('table') ? dense : px) - 0.5 + 2 * beside;
    if (right > 0 && (width < least || height < least))
      small.push(`${Math.round(width)} by ${Math.round(height)}: ${one.outerHTML.slice(0, 160)}`);
  }
  return small;
}"""
SETTLED = """() => new Promise((done) =>
  requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done))))"""
WIDER = """() => Math.max(...['html', 'body', 'main'].map((one) => document.querySelector(one))
  .filter(Boolean).map((one) => one.scrollWidth - one.clientWidth))"""


def telephone(browser: Browser, house: Furnished) -> BrowserContext:
    size: Any = {"width": WIDTHS_PX[0], "height": 844}
    context = browser.new_context(
        base_url=house.server.url, viewport=size, has_touch=True, is_mobile=True
    )
    context.set_default_timeout(45_000)
    return context


@pytest.fixture(scope="module")
def hand(browser: Browser, house: Furnished) -> Iterator[Page]:
    """A telephone with somebody signed in."""
    context = telephone(browser, house)
    context.add_cookies(house.session)
    yield context.new_page()
    context.close()


def touch(page: Page, *path: list[tuple[float, float]]) -> None:
    """Put fingers down at the first places, move them to each of the next, and lift them."""
    session = page.context.new_cdp_session(page)

    def tell(kind: Literal["touchStart", "touchMove", "touchEnd"], places: Any) -> None:
        points = [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(places)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    tell("touchStart", path[0])
    for places in path[1:]:
        tell("touchMove", places)
    tell("touchEnd", [])
    session.detach()


def spread(x: float, y: float, begin: float, end: float) -> list[list[tuple[float, float]]]:
    """Two fingers side by side that go apart, or together, around a place."""
    steps = [begin + (end - begin) * n / 8 for n in range(9)]
    return [[(x - apart / 2, y), (x + apart / 2, y)] for apart in steps]


def box_of(page: Page, selector: str) -> tuple[float, float, float, float]:
    box = page.locator(selector).bounding_box()
    assert box
    return box["x"], box["y"], box["width"], box["height"]


def replay(page: Page, house: Furnished) -> None:
    """A replay that stands still."""
    page.goto(house.address(REPLAY))
    page.wait_for_selector(SHOWN)
    page.get_by_role("button", name="Pause", exact=True).tap()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_a_finger_drags_the_playhead(hand: Page, house: Furnished) -> None:
    replay(hand, house)
    slider = hand.get_by_role("slider")
    slider.scroll_into_view_if_needed()
    left, top, width, height = box_of(hand, "[role=slider]")
    start_us, span_us = (
        int(slider.get_attribute(name) or 0) for name in ("data-start-us", "data-span-us")
    )
    at_us = hand.evaluate(CLOCK_US)
    begin = left + (at_us - start_us) / span_us * width
    y = top + height - 10
    ends = begin - 60
    touch(hand, *[[(begin + (ends - begin) * n / 10, y)] for n in range(11)])
    expected = start_us + (ends - left) / width * span_us
    # A pixel is some seconds here.
    wait_for(
        hand,
        f"([to, within]) => Math.abs(({CLOCK_US})() - to) < within",
        [expected, 4 * span_us / width],
    )
    assert hand.evaluate(CLOCK_US) < at_us
    assert hand.evaluate("scrollY") == 0, "the page itself stands still"


def test_two_fingers_show_less_time_or_more(hand: Page, house: Furnished) -> None:
    replay(hand, house)
    hand.get_by_role("slider").scroll_into_view_if_needed()
    left, top, width, height = box_of(hand, "[role=slider]")
    span = "() => Number(document.querySelector('[role=slider]').dataset.spanUs)"
    before = hand.evaluate(span)
    touch(hand, *spread(left + width / 2, top + height - 10, 60, 240))
    wait_for(hand, f"most => ({span})() < most", before / 2)
    near = hand.evaluate(span)
    touch(hand, *spread(left + width / 2, top + height - 10, 240, 60))
    wait_for(hand, f"least => ({span})() > least", near * 2)


def test_two_fingers_bring_the_picture_nearer(hand: Page, house: Furnished) -> None:
    replay(hand, house)
    left, top, width, height = box_of(hand, ".zoomable")
    touch(hand, *spread(left + width / 2, top + height / 2, 60, 240))
    scale = "() => Number(document.querySelector('.zoomable').dataset.scale)"
    wait_for(hand, f"() => ({scale})() > 2")
    assert hand.evaluate("visualViewport.scale") == 1, "the page itself is not enlarged"
    touch(hand, *spread(left + width / 2, top + height / 2, 240, 20))
    wait_for(hand, f"() => ({scale})() === 1")


@pytest.fixture(scope="module")
def hands(hand: Page, browser: Browser, house: Furnished) -> Iterator[dict[bool, Page]]:
    """A telephone with somebody signed in (True), and one of a stranger (False)."""
    context = telephone(browser, house)
    yield {True: hand, False: context.new_page()}
    context.close()


@pytest.mark.parametrize("name", [name for name, one in PLACES.items() if PHONE in one.on])
def test_a_finger_hits_what_it_presses(
    name: str, hands: dict[bool, Page], house: Furnished
) -> None:
    place = PLACES[name]
    page = hands[place.signed_in]
    go_to(page, place, house)
    wrong: list[str] = []
    for width in WIDTHS_PX:
        page.set_viewport_size({"width": width, "height": 844})
        wait_for(page, "width => innerWidth === width", width)
        page.evaluate(SETTLED)  # plots follow the width a frame later
        wrong += [f"at {width} px, {one}" for one in page.evaluate(SMALL, [PX, DENSE_PX])]
        wider = page.evaluate(WIDER)
        wrong += [f"at {width} px, the page is {wider} px wider"] if wider > 0 else []
    page.set_viewport_size({"width": WIDTHS_PX[0], "height": 844})
    assert not wrong, "\n".join(wrong)


def test_nothing_moves_for_those_who_asked_for_that(hand: Page) -> None:
    moves = """() => {
      const probe = document.createElement('div');
      document.body.append(probe);
      probe.style.transition = 'opacity 1s';
      probe.style.animation = 'appear 1s';
      const { transitionProperty, animationName } = getComputedStyle(probe);
      probe.remove();
      return [transitionProperty, animationName, document.getAnimations().length];
    }"""
    hand.goto("/wall/all")
    hand.wait_for_selector(".tile[data-state=playing]")
    hand.emulate_media(reduced_motion="no-preference")
    assert hand.evaluate(moves)[:2] == ["opacity", "appear"]
    hand.emulate_media(reduced_motion="reduce")
    assert hand.evaluate(moves) == ["none", "none", 0]


def test_a_calendar_is_not_covered_by_the_keyboard(hand: Page, page: Page) -> None:
    focused = "() => document.activeElement?.localName"
    hand.goto("/")
    hand.get_by_role("button", name="Go to a date and time").tap()
    panel = hand.get_by_role("dialog", name="Go to a date and time")
    expect(panel).to_be_focused()
    panel.get_by_label("Go to").tap()
    assert hand.evaluate(focused) == "input"
    hand.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    page.goto("/")
    page.get_by_role("button", name="Go to a date and time").click()
    expect(page.get_by_label("Go to", exact=True)).to_be_focused()


def test_more_says_what_needs_attention_behind_it(hand: Page) -> None:
    def missing(route: Route) -> None:
        answer = route.fetch()
        told = answer.json()
        for volume in told["volumes"]:
            volume["state"] = "missing"
        route.fulfill(response=answer, json=told)

    hand.route("**/api/v1/storage", missing)
    hand.goto("/storage")
    more = hand.get_by_role("button", name="More 1 needs attention")
    expect(more).to_be_visible()
    more.tap()
    storage = hand.get_by_role("link", name="Storage 1 needs attention")
    expect(storage).to_be_visible()
    hand.unroute("**/api/v1/storage")
