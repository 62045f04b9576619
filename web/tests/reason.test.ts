import { beforeEach, describe, expect, test } from "vitest";

import type { Client } from "../src/api/client";
import { ReasonPrompt, type Windows } from "../src/state/reason.svelte";

let nowMs = 0;
let given: string[] = [];
let prompt: ReasonPrompt;

beforeEach(() => {
  nowMs = 0;
  given = [];
  const client = {
    giveReason: (act: string, text: string) => {
      given.push(`${act}: ${text}`);
      return Promise.resolve();
    },
  };
  prompt = new ReasonPrompt(
    () => client as unknown as Client,
    () => nowMs,
  );
});

describe("the window that asks why", () => {
  test("opens once for all that wait, and lets all go on", async () => {
    const waiting = [prompt.ask("replay"), prompt.ask("replay"), prompt.ask("replay")];
    expect(prompt.act).toBe("replay");
    await prompt.give("a lost child");
    expect(await Promise.all(waiting)).toEqual([true, true, true]);
    expect(given).toEqual(["replay: a lost child"]);
    expect(prompt.act).toBeNull();
    expect(prompt.last).toBe("a lost child");
  });

  test("leaves somebody alone for a while who closed it, but asks about another thing", async () => {
    const waiting = prompt.ask("replay");
    prompt.dismiss();
    expect(await waiting).toBe(false);
    expect(await prompt.ask("replay")).toBe(false);
    expect(prompt.act).toBeNull();
    void prompt.ask("export");
    expect(prompt.act).toBe("export");
    prompt.dismiss();
    void prompt.askNow("export");
    expect(prompt.act).toBe("export");
    prompt.dismiss();
    nowMs = 10_001;
    void prompt.ask("replay");
    expect(prompt.act).toBe("replay");
  });

  test("tells what was refused meanwhile that it is worth asking again", async () => {
    prompt.miss("replay");
    expect(prompt.act).toBeNull();
    expect(prompt.missed).toBe("replay");
    void prompt.ask("replay");
    expect(prompt.given).toBe(0);
    await prompt.give("a lost child");
    expect([prompt.given, prompt.missed]).toEqual([1, null]);
  });

  test("closes in every window of the browser once one was answered", async () => {
    const heard: unknown[] = [];
    const windows: Windows = { onmessage: null, postMessage: (message) => heard.push(message) };
    const client = { giveReason: () => Promise.resolve() } as unknown as Client;
    const here = new ReasonPrompt(
      () => client,
      () => nowMs,
      windows,
    );
    const waiting = here.ask("replay");
    const tell = (act: string): void => {
      windows.onmessage?.call({} as BroadcastChannel, new MessageEvent("message", { data: act }));
    };
    tell("export");
    expect([here.act, here.given]).toEqual(["replay", 1]);
    tell("replay");
    expect(await waiting).toBe(true);
    expect([here.act, here.given]).toEqual([null, 2]);
    expect(heard).toEqual([]);
    void here.ask("replay");
    await here.give("a lost child");
    expect(heard).toEqual(["replay"]);
  });
});
