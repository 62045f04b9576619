import { expect, test } from "vitest";

import {
  clamped,
  type Frame,
  LARGEST_SCALE,
  panned,
  pictureSize,
  seenPart,
  transformOf,
  wheelFactor,
  WHOLE,
  type Zoom,
  zoomedAt,
  zoomKey,
} from "../src/media/zoom";
import { randomFrom } from "./random";

const HD: Frame = { boxWidth: 1600, boxHeight: 900, pictureWidth: 1920, pictureHeight: 1080 };

test("what lies under the pointer stays under it", () => {
  const zoom = zoomedAt(WHOLE, HD, 2, 400, 300);
  expect(zoom.scale).toBe(2);
  // The point of the picture at (400, 300): half way between the centre and where it was.
  const shownAt = (x: number, centre: number, shift: number): number =>
    centre + (x - centre) * zoom.scale + shift;
  expect(shownAt(400, 800, zoom.dx)).toBeCloseTo(400);
  expect(shownAt(300, 450, zoom.dy)).toBeCloseTo(300);
});

test("zooming out to the whole picture centres it", () => {
  const near = zoomedAt(WHOLE, HD, 8, 10, 10);
  expect(zoomedAt(near, HD, 1 / 100, 10, 10)).toEqual(WHOLE);
  expect(transformOf(WHOLE)).toBe("none");
});

test("no way of zooming or moving leads beyond the picture's edge", () => {
  for (let seed = 1; seed <= 100; seed++) {
    const random = randomFrom(seed);
    const frame: Frame = {
      boxWidth: 100 + random(3000),
      boxHeight: 100 + random(2000),
      pictureWidth: random(4) === 0 ? 0 : 100 + random(4000),
      pictureHeight: 100 + random(3000),
    };
    const { width, height } = pictureSize(frame);
    let zoom: Zoom = WHOLE;
    for (let step = 0; step < 50; step++) {
      zoom =
        random(2) === 0
          ? zoomedAt(zoom, frame, 2 ** (random(9) - 4), random(3000), random(2000))
          : panned(zoom, frame, random(4000) - 2000, random(4000) - 2000);
      expect(zoom.scale).toBeGreaterThanOrEqual(1);
      expect(zoom.scale).toBeLessThanOrEqual(LARGEST_SCALE);
      // Where the picture's edges lie; a bar beside it is never wider than in the whole view.
      for (const [size, box, shift] of [
        [width, frame.boxWidth, zoom.dx],
        [height, frame.boxHeight, zoom.dy],
      ] as const) {
        const from = box / 2 + shift - (size * zoom.scale) / 2;
        const to = from + size * zoom.scale;
        const bar = Math.max(0, (box - size * zoom.scale) / 2);
        expect(from).toBeLessThanOrEqual(bar + 0.001);
        expect(to).toBeGreaterThanOrEqual(box - bar - 0.001);
      }
      const seen = seenPart(zoom, frame);
      for (const share of Object.values(seen)) {
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThanOrEqual(1);
      }
      expect(seen.left).toBeLessThan(seen.right);
      expect(seen.top).toBeLessThan(seen.bottom);
    }
  }
});

test("numbers that are none do no harm", () => {
  expect(clamped({ scale: NaN, dx: NaN, dy: Infinity }, HD)).toEqual(WHOLE);
  const unknown: Frame = { boxWidth: 0, boxHeight: 0, pictureWidth: 0, pictureHeight: 0 };
  expect(seenPart(WHOLE, unknown)).toEqual({ left: 0, right: 1, top: 0, bottom: 1 });
});

test("the overview shows the seen part", () => {
  expect(seenPart(WHOLE, HD)).toEqual({ left: 0, right: 1, top: 0, bottom: 1 });
  const corner = zoomedAt(WHOLE, HD, 4, 0, 0);
  expect(seenPart(corner, HD)).toEqual({ left: 0, right: 0.25, top: 0, bottom: 0.25 });
});

test("keys zoom, move and reset; arrows mean nothing on the whole picture", () => {
  expect(zoomKey(WHOLE, HD, "ArrowLeft")).toBeNull();
  const near = zoomKey(WHOLE, HD, "+");
  expect(near?.scale).toBe(1.25);
  if (!near) return;
  expect(zoomKey(near, HD, "ArrowRight")?.dx).toBeLessThan(0);
  expect(zoomKey(near, HD, "0")).toEqual(WHOLE);
  expect(zoomKey(near, HD, "-")).toEqual(WHOLE);
  expect(zoomKey(near, HD, "x")).toBeNull();
});

test("a wheel up comes nearer, by lines as by pixels, never at a leap", () => {
  expect(wheelFactor(-300, 0)).toBe(2);
  expect(wheelFactor(300, 0)).toBe(0.5);
  expect(wheelFactor(-3, 1)).toBeGreaterThan(1.2);
  expect(wheelFactor(-1e9, 0)).toBe(4);
});
