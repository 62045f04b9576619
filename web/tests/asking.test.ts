import { describe, expect, test } from "vitest";

import type { StreamFootage } from "../src/api/types";
import { askFootage, covers, type FootageServer, windowOf } from "../src/timeline/asking";
import { DAY_US, HOUR_US } from "../src/timeline/model";

const NOW = 1_700_000_000_000_000;
const view = { startUs: NOW - HOUR_US, spanUs: HOUR_US, widthPx: 1000 };

describe("the window that is asked for", () => {
  test("holds what is in sight and as much on either side, not the far future", () => {
    expect(windowOf(view, NOW)).toEqual({
      startUs: NOW - 2 * HOUR_US,
      endUs: NOW + HOUR_US,
      spanUs: HOUR_US,
      resolutionUs: 3_600_000,
    });
  });
  test("of a month is little more than what is in sight, and no finer than a pixel", () => {
    const month = { startUs: NOW - 30 * DAY_US, spanUs: 30 * DAY_US, widthPx: 1000 };
    const asked = windowOf(month, NOW);
    if (!asked) throw new Error("nothing is asked for");
    expect(asked.endUs - asked.startUs).toBeLessThan(38 * DAY_US);
    expect(asked.resolutionUs).toBe((30 * DAY_US) / 1000);
  });
  test("of a minute is asked for whole", () => {
    expect(windowOf({ ...view, spanUs: 60e6 }, NOW)?.resolutionUs).toBe(0);
  });
  test("is never empty or reversed", () => {
    expect(windowOf({ ...view, startUs: NOW + 9 * HOUR_US }, NOW)).toBeNull();
    expect(windowOf({ ...view, startUs: -9 * HOUR_US }, NOW)).toBeNull();
    expect(windowOf({ ...view, startUs: NaN }, NOW)).toBeNull();
  });
  test("covers what is in sight until that leaves it or becomes much finer", () => {
    const whole = { startUs: NOW - 2 * HOUR_US, endUs: NOW + HOUR_US, spanUs: HOUR_US };
    const loaded = { ...whole, resolutionUs: 3_600_000 };
    expect(covers(loaded, view, NOW)).toBe(true);
    expect(covers(loaded, { ...view, spanUs: HOUR_US / 8 }, NOW)).toBe(false);
    expect(covers(loaded, { ...view, startUs: NOW - 3 * HOUR_US }, NOW)).toBe(false);
    expect(covers(loaded, { ...view, spanUs: 4 * HOUR_US }, NOW)).toBe(false);
  });
});

describe("asking", () => {
  const window = { startUs: NOW - HOUR_US, endUs: NOW, spanUs: HOUR_US, resolutionUs: 0 };

  /** Answers footage when told to, and notes which camera's losses it was asked for. */
  function slowServer(): { server: FootageServer; answer: () => void; losses: string[] } {
    const losses: string[] = [];
    let answer = (): void => undefined;
    const waited = new Promise<StreamFootage[]>((resolve) => {
      answer = () => {
        resolve([
          { camera: "gate", role: "main", spans: [], gaps: [], clock_steps: [] },
          { camera: "yard", role: "main", spans: [], gaps: [], clock_steps: [] },
        ]);
      };
    });
    const server: FootageServer = {
      footage: () => waited,
      loss: (camera) => {
        losses.push(camera);
        return Promise.resolve([]);
      },
    };
    return { server, answer, losses };
  }

  test("asks for losses of the same cameras", async () => {
    const { server, answer, losses } = slowServer();
    const asked = askFootage(
      server,
      ["gate", "yard"],
      "main",
      window,
      new AbortController().signal,
    );
    answer();
    const nothing = { spans: [], gaps: [], losses: [] };
    expect([...(await asked)]).toEqual([
      ["gate", nothing],
      ["yard", nothing],
    ]);
    expect(losses).toEqual(["gate", "yard"]);
  });
  test("asks nothing more for a page that was left meanwhile", async () => {
    const { server, answer, losses } = slowServer();
    const left = new AbortController();
    const asked = askFootage(server, ["gate", "yard"], "main", window, left.signal);
    left.abort();
    answer();
    await expect(asked).rejects.toThrow();
    expect(losses).toEqual([]);
  });
});
