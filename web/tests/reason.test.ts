import { beforeEach, describe, expect, test } from "vitest";

import type { Client } from "../src/api/client";
import { ReasonPrompt } from "../src/state/reason.svelte";

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
    nowMs = 10_001;
    void prompt.ask("replay");
    expect(prompt.act).toBe("replay");
  });
});
