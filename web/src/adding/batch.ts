/** Adding many cameras with the same credentials: what each is asked, named and said. Pure but for `pooled`. */

import { sentence } from "../api/problem";
import type { Device, NewCamera, Probe } from "../api/types";
import { durationWords } from "../words";

export type Step = "new" | "asking" | "found" | "failed" | "adding" | "added";

export interface Candidate {
  readonly device: Device;
  readonly step: Step;
  readonly chosen: boolean;
  /** What people will call it. */
  readonly name: string;
  readonly probe: Probe | null;
  /** Why it could not be asked or added, in words. */
  readonly problem: string;
  /** Identifier, once it is added. */
  readonly id: string;
}

export interface SameForAll {
  readonly username: string;
  readonly password: string;
  /** Identifier of a site, or empty. */
  readonly site: string;
}

const CLOCK_ODD_US = 2e6;

export function candidate(device: Device): Candidate {
  return { device, step: "new", chosen: false, name: "", probe: null, problem: "", id: "" };
}

/** A list with one of its members, found by its address, changed. */
export function changed(
  all: readonly Candidate[],
  address: string,
  change: Partial<Candidate>,
): Candidate[] {
  return all.map((one) => (one.device.address === address ? { ...one, ...change } : one));
}

/** Runs work for each item, at most so many at once; nobody waits for a slow one but its own slot. */
export async function pooled<Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  async function slot(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await work(next);
  }
  await Promise.all(Array.from({ length: Math.max(1, atOnce) }, slot));
}

/** The stream that would be recorded; null when the camera offered none. */
export function mainOf(probe: Probe): string | null {
  return (probe.profiles.find((one) => one.role === "main") ?? probe.profiles[0])?.address ?? null;
}

/** What came of asking: a camera that may be added, or why not. */
export function afterAsking(one: Candidate, probe: Probe, taken: ReadonlySet<string>): Candidate {
  if (mainOf(probe) === null) {
    const problem = sentence(probe.warnings[0] ?? "the camera offers no stream");
    return { ...one, step: "failed", chosen: false, probe, problem };
  }
  const name = one.name || freeName(one, probe, taken);
  return { ...one, step: "found", chosen: true, probe, name, problem: "" };
}

/** Make and model, or what it announced, with a number where that is taken. */
export function freeName(one: Candidate, probe: Probe, taken: ReadonlySet<string>): string {
  const said = [probe.make, probe.model].filter(Boolean).join(" ");
  const base = (one.device.location || said || one.device.name || "Camera").slice(0, 190);
  if (!taken.has(base)) return base;
  let number = 2;
  while (taken.has(`${base} ${String(number)}`)) number++;
  return `${base} ${String(number)}`;
}

/** What should be known before it is added, in sentences: its clock, its streams. */
export function remarks(probe: Probe): string[] {
  const offset = probe.clock_offset_us;
  const clock =
    offset === null || Math.abs(offset) < CLOCK_ODD_US
      ? []
      : [
          offset > 0
            ? `The camera's clock is ${durationWords(offset / 1e6)} ahead.`
            : `The camera's clock is ${durationWords(-offset / 1e6)} behind.`,
        ];
  // The server says the same of the clock at greater length.
  const others = probe.warnings.filter((one) => !/\bclock\b/i.test(one) || clock.length === 0);
  return [...clock, ...others.map(sentence)];
}

/** What is sent to add it; null while it offers nothing that could be. */
export function cameraOf(one: Candidate, same: SameForAll): NewCamera | null {
  const probe = one.probe;
  const main = probe && mainOf(probe);
  if (!main || !one.name.trim()) return null;
  const sub = probe.profiles.find((each) => each.role === "sub")?.address;
  return {
    name: one.name.trim(),
    address: main,
    make: probe.make,
    model: probe.model,
    ...(sub && sub !== main ? { sub_address: sub } : {}),
    ...(probe.onvif_address ? { onvif_address: probe.onvif_address } : {}),
    ...(same.username ? { username: same.username, password: same.password } : {}),
    ...(same.site ? { site: same.site } : {}),
  };
}

/** `3 added, 1 could not be added`. */
export function outcomeWords(all: readonly Candidate[]): string {
  const added = all.filter((one) => one.step === "added").length;
  const failed = all.filter((one) => one.step === "found" && one.problem !== "").length;
  const said = `${String(added)} added`;
  return failed > 0 ? `${String(added)} added, ${String(failed)} could not be added` : said;
}
