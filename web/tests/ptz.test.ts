import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import {
  Hand,
  type HandState,
  isStill,
  steeringKey,
  wishOfDrag,
  wishOfKeys,
  wishOfWheel,
} from "../src/media/ptz";

const size = { x: 1000, y: 500 };
const from = { x: 500, y: 250 };

describe("a drag on the picture", () => {
  test("of a trembling hand means nothing", () => {
    expect(isStill(wishOfDrag(from, { x: 502, y: 252 }, size))).toBe(true);
  });

  test("steers towards where it goes: up is up, although pixels count downwards", () => {
    const wish = wishOfDrag(from, { x: 575, y: 175 }, size);
    expect(wish.pan).toBeCloseTo(0.5);
    expect(wish.tilt).toBeCloseTo(0.5);
    expect(wish.zoom).toBe(0);
  });

  test("is never faster than full speed, in any direction", () => {
    for (let angle = 0; angle < 6.28; angle += 0.3) {
      const to = { x: 500 + 900 * Math.cos(angle), y: 250 + 900 * Math.sin(angle) };
      const { pan, tilt } = wishOfDrag(from, to, size);
      expect(Math.hypot(pan, tilt)).toBeCloseTo(1);
    }
  });
});

describe("keys", () => {
  test("add up, cancel out, and are faster with Shift", () => {
    const slow = wishOfKeys(["ArrowLeft", "ArrowUp"], false);
    const fast = wishOfKeys(["ArrowLeft", "ArrowUp"], true);
    expect(slow.pan).toBeLessThan(0);
    expect(fast).toEqual({ pan: -1, tilt: 1, zoom: 0 });
    expect(slow.pan).toBeGreaterThan(-1);
    expect(isStill(wishOfKeys(["ArrowLeft", "ArrowRight"], true))).toBe(true);
  });

  test("zoom by + and −, also where + needs Shift", () => {
    expect(steeringKey("=")).toBe("+");
    expect(steeringKey("_")).toBe("-");
    expect(wishOfKeys(["+"], false).zoom).toBeGreaterThan(0);
    expect(steeringKey("a")).toBeNull();
    expect(steeringKey("constructor")).toBeNull();
  });

  test("turn the wheel away to come closer", () => {
    expect(wishOfWheel(-3).zoom).toBeGreaterThan(0);
    expect(wishOfWheel(3).zoom).toBeLessThan(0);
    expect(isStill(wishOfWheel(0))).toBe(true);
  });
});

class FakeSocket {
  static made: FakeSocket[] = [];
  readyState = 0;
  sent: Record<string, unknown>[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  constructor(readonly url: string) {
    FakeSocket.made.push(this);
  }
  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }
  hear(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  close(): void {
    this.readyState = 3;
    this.onclose?.();
  }
}

describe("a hand on a camera", () => {
  const right = { pan: 1, tilt: 0, zoom: 0 };
  const still = { pan: 0, tilt: 0, zoom: 0 };
  let states: HandState[] = [];
  let troubles: string[] = [];

  function hand(): { hand: Hand; socket: FakeSocket } {
    const made = new Hand({
      path: "/steer",
      onState: (state) => states.push(state),
      onTrouble: (detail) => troubles.push(detail),
      connect: (url) => new FakeSocket(url) as unknown as WebSocket,
    });
    const socket = FakeSocket.made.at(-1);
    if (!socket) throw new Error("no socket was made");
    socket.open();
    return { hand: made, socket };
  }

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("location", { href: "https://example.org/" });
    FakeSocket.made = [];
    states = [];
    troubles = [];
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  test("says again what it wants well within half a second, and stops when let go", () => {
    const { hand: mine, socket } = hand();
    vi.advanceTimersByTime(1000);
    expect(socket.sent).toEqual([]);
    mine.move(right);
    vi.advanceTimersByTime(1000);
    expect(socket.sent.length).toBeGreaterThanOrEqual(5);
    expect(new Set(socket.sent.map((one) => one["type"]))).toEqual(new Set(["move"]));
    mine.move(still);
    expect(socket.sent.at(-1)).toEqual({ type: "stop" });
    const after = socket.sent.length;
    vi.advanceTimersByTime(2000);
    expect(socket.sent.length).toBe(after);
  });

  test("is not talkative however wildly the pointer moves, and the last word gets through", () => {
    const { hand: mine, socket } = hand();
    for (let step = 1; step <= 200; step++) {
      mine.move({ pan: step / 200, tilt: 0, zoom: 0 });
      vi.advanceTimersByTime(5);
    }
    expect(socket.sent.length).toBeLessThanOrEqual(20);
    vi.advanceTimersByTime(200);
    expect(socket.sent.at(-1)).toMatchObject({ pan: 1 });
  });

  test("lets go when somebody else takes the camera, and can take it back on purpose", () => {
    const { hand: mine, socket } = hand();
    mine.move(right);
    socket.hear({ type: "held", by: "me", mine: true });
    socket.hear({ type: "held", by: "Ben", mine: false });
    expect(socket.sent.at(-1)).toEqual({ type: "stop" });
    expect(states.at(-1)).toMatchObject({ heldBy: "Ben", mine: false });
    mine.take();
    vi.advanceTimersByTime(100);
    mine.move(right);
    expect(socket.sent.at(-1)).toMatchObject({ type: "move", take: true });
    socket.hear({ type: "held", by: "me", mine: true });
    vi.advanceTimersByTime(400);
    expect(socket.sent.at(-1)).toMatchObject({ type: "move", take: false });
  });

  test("stops and tells when the camera refuses", () => {
    const { hand: mine, socket } = hand();
    mine.move(right);
    socket.hear({ type: "trouble", detail: "the camera refused: this profile has no PTZ" });
    expect(troubles).toEqual(["the camera refused: this profile has no PTZ"]);
    expect(socket.sent.at(-1)).toEqual({ type: "stop" });
  });

  test("does not go on by itself after the connection came back", () => {
    const { hand: mine, socket } = hand();
    mine.move(right);
    socket.close();
    expect(states.at(-1)).toMatchObject({ connected: false });
    vi.advanceTimersByTime(2000);
    const next = FakeSocket.made.at(-1);
    expect(next).not.toBe(socket);
    next?.open();
    vi.advanceTimersByTime(2000);
    expect(next?.sent).toEqual([]);
    mine.close();
    vi.advanceTimersByTime(60_000);
    expect(FakeSocket.made.length).toBe(2);
  });
});
