/** Gets what the health page needs beyond what is pushed. */

import type { Client } from "../api/client";
import type { Camera, Usage, Volume } from "../api/types";
import { type Loss, lossOf } from "./attention";
import type { Inflow } from "./forecast";

const HOUR_US = 3600e6;
const AT_ONCE = 4;

/** What was lost in the last hour, by camera, a few questions at a time; who fails is left out. */
export async function askLosses(
  client: Pick<Client, "loss" | "nowUs">,
  cameras: readonly Camera[],
): Promise<ReadonlyMap<string, Loss>> {
  const found = new Map<string, Loss>();
  const waiting = cameras.filter((camera) => camera.enabled);
  const end = client.nowUs();
  async function work(): Promise<void> {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      try {
        found.set(next.id, lossOf(await client.loss(next.id, "main", end - HOUR_US, end)));
      } catch {
        // One camera's numbers are missing: its row says so with a dash.
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return found;
}

/** What each camera writes now, by what it sends; one that is not recorded writes nothing. */
export function inflowsOf(cameras: readonly Camera[]): Inflow[] {
  return cameras.map((camera) => {
    const kept = [camera.health.main, camera.policy.record_sub ? camera.health.sub : undefined];
    const bits = kept.reduce((sum, one) => sum + (one?.recording ? one.bitrate : 0), 0);
    const { keep_s: keepS, keep_bytes: keepBytes } = camera.policy;
    return { id: camera.id, bytesPerHour: bits * 450, keepS, keepBytes };
  });
}

/** Bytes that footage may fill: what is free beyond the reserve, and what it fills now. */
export function roomOf(volumes: readonly Volume[], usage: readonly Usage[]): number {
  const free = volumes
    .filter((one) => one.state === "ready" || one.state === "full")
    .reduce((sum, one) => sum + Math.max(0, one.free_bytes - one.reserve_bytes), 0);
  return usage.reduce((sum, one) => sum + one.bytes, free);
}
