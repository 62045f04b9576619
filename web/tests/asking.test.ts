import { describe, expect, test } from "vitest";

import { askFootage, covers, type FootageServer, windowOf } from "../src/timeline/asking";
import { HOUR_US } from "../src/timeline/model";

const NOW = 1_700_000_000_000_000;
const view = { startUs: NOW - HOUR_US, spanUs: HOUR_US, widthPx: 1000 };

describe("the window that is asked for", () => {
  test("holds what is in sight and as much on either side, not the far future", () => {
    expect(windowOf(view, NOW)).toEqual({
      startUs: NOW - 2 * HOUR_US,
      endUs: NOW + HOUR_US,
      spanUs: HOUR_US,
    });
  });
  test("is never empty or reversed", () => {
    expect(windowOf({ ...view, startUs: NOW + 9 * HOUR_US }, NOW)).toBeNull();
    expect(windowOf({ ...view, startUs: -9 * HOUR_US }, NOW)).toBeNull();
    expect(windowOf({ ...view, startUs: NaN }, NOW)).toBeNull();
  });
  test("covers what is in sight until that leaves it or becomes much finer", () => {
    const loaded = { startUs: NOW - 2 * HOUR_US, endUs: NOW + HOUR_US, spanUs: HOUR_US };
    expect(covers(loaded, view, NOW)).toBe(true);
    expect(covers(loaded, { ...view, startUs: NOW - 3 * HOUR_US }, NOW)).toBe(false);
    expect(covers(loaded, { ...view, spanUs: 4 * HOUR_US }, NOW)).toBe(false);
  });
});

describe("asking", () => {
  const window = { startUs: NOW - HOUR_US, endUs: NOW, spanUs: HOUR_US };

  /** Answers footage when told to, and notes which camera's losses it was asked for. */
  function slowServer(): { server: FootageServer; answer: () => void; losses: string[] } {
    const losses: string[] = [];
    let answer = (): void => undefined;
    const waited = new Promise<null>((resolve) => {
      answer = () => {
        resolve(null);
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

  test("asks for losses of the same camera", async () => {
    const { server, answer, losses } = slowServer();
    const asked = askFootage(server, "gate", "main", window, new AbortController().signal);
    answer();
    expect(await asked).toEqual({ spans: [], gaps: [], losses: [] });
    expect(losses).toEqual(["gate"]);
  });
  test("asks nothing more for a page that was left meanwhile", async () => {
    const { server, answer, losses } = slowServer();
    const left = new AbortController();
    const asked = askFootage(server, "gate", "main", window, left.signal);
    left.abort();
    answer();
    await expect(asked).rejects.toThrow();
    expect(losses).toEqual([]);
  });
});
