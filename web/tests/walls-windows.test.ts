import { expect, test } from "vitest";

import { type Monitor, openedWords, openWindow } from "../src/walls/windows";

const desk: Monitor = { availLeft: 0, availTop: 0, availWidth: 1920, availHeight: 1040 };
const beside: Monitor = { availLeft: 1920, availTop: 40, availWidth: 2560, availHeight: 1400 };

function browser(monitors: readonly Monitor[] | "refused" | "unable", pops = true) {
  const did: string[] = [];
  const popup = {
    moveTo: (x: number, y: number) => did.push(`move ${String(x)} ${String(y)}`),
    resizeTo: (x: number, y: number) => did.push(`resize ${String(x)} ${String(y)}`),
  } as unknown as Window;
  const host = {
    screen: { availWidth: 1920, availHeight: 1040 },
    open: (url: string, _target: string, features: string) => {
      did.push(`open ${url} ${features}`);
      return pops ? popup : null;
    },
    ...(monitors === "unable"
      ? {}
      : {
          getScreenDetails: () => {
            did.push("ask");
            return monitors === "refused"
              ? Promise.reject(new Error("NotAllowedError"))
              : Promise.resolve({ screens: monitors, currentScreen: desk });
          },
        }),
  };
  return { host, did };
}

test("the window goes to the other monitor, and is opened before the browser asks", async () => {
  const { host, did } = browser([desk, beside]);
  expect(await openWindow("/wall/w?chrome=off", host)).toBe("placed");
  expect(did).toEqual([
    "open /wall/w?chrome=off popup,width=1536,height=832",
    "ask",
    "move 1920 40",
    "resize 2560 1400",
  ]);
});

test("whatever the browser cannot or may not do, a sentence says what to do", async () => {
  for (const [monitors, pops, outcome] of [
    [[desk], true, "one-monitor"],
    ["refused", true, "not-placed"],
    ["unable", true, "not-placed"],
    [[desk, beside], false, "blocked"],
  ] as const) {
    const opened = await openWindow("/wall/w", browser(monitors, pops).host);
    expect(opened).toBe(outcome);
    expect(openedWords(opened)).toMatch(/\.$/);
  }
});
