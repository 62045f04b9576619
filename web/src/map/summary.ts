/** What the map says about sites and cameras: which are where, and how the worst of them is. Pure. */

import type { Camera, Placement, Site } from "../api/types";
import { plural } from "../plural";
import { healthWords, type Said, type Tone } from "../words";
import type { LngLat } from "./geometry";

/** Worst first. What is switched off on purpose is no trouble, but no picture either. */
const ORDER: readonly Tone[] = ["wrong", "busy", "good", "quiet"];

/** The tone that somebody should look at first; `quiet` when there is none. */
export function worstTone(tones: readonly Tone[]): Tone {
  return ORDER.find((tone) => tones.includes(tone)) ?? "quiet";
}

/** How a camera is: by its recorded stream; a camera that is switched off says so. */
export function cameraSaid(camera: Camera, nowUs: number, zone: string): Said {
  if (!camera.enabled) {
    return { tone: "quiet", title: "Switched off", detail: "Switch it on on the camera's page." };
  }
  return healthWords(camera.health.main, nowUs, zone);
}

export interface SiteSummary {
  /** Null for the cameras that are at no site. */
  readonly site: Site | null;
  readonly cameras: readonly Camera[];
  readonly tone: Tone;
  /** So many cameras need attention. */
  readonly wrong: number;
  /** Where the site is drawn: its own place, else the middle of its placed cameras. */
  readonly at: LngLat | null;
}

/** Every site with its cameras by name, those at no site last. */
export function summarise(
  sites: readonly Site[],
  cameras: readonly Camera[],
  placements: ReadonlyMap<string, Placement>,
  nowUs: number,
  zone: string,
): SiteSummary[] {
  const of = (site: Site | null): SiteSummary => {
    const here = cameras.filter((camera) => camera.site === (site?.id ?? null));
    const tones = here.map((camera) => cameraSaid(camera, nowUs, zone).tone);
    return {
      site,
      cameras: here,
      tone: worstTone(tones),
      wrong: tones.filter((tone) => tone === "wrong").length,
      at: placeOf(site, here, placements),
    };
  };
  const found = sites.map(of);
  const rest = of(null);
  return rest.cameras.length > 0 ? [...found, rest] : found;
}

function placeOf(
  site: Site | null,
  cameras: readonly Camera[],
  placements: ReadonlyMap<string, Placement>,
): LngLat | null {
  if (site && site.latitude !== null && site.longitude !== null) {
    return [site.longitude, site.latitude];
  }
  if (!site) return null;
  const known = cameras.flatMap((camera) => mapPlace(placements.get(camera.id)) ?? []);
  if (known.length === 0) return null;
  const mean = (index: 0 | 1): number =>
    known.reduce((sum, one) => sum + one[index], 0) / known.length;
  return [mean(0), mean(1)];
}

/** Where on the map a placement is, if it is on the map; wrapped for `flatMap`. */
export function mapPlace(placement: Placement | undefined): [LngLat] | null {
  if (!placement || placement.latitude === null || placement.longitude === null) return null;
  return [[placement.longitude, placement.latitude]];
}

/** Those sites that none of the cameras on the map stands for, such as one with floors only. */
export function withoutCameras<S extends { readonly id: string }>(
  sites: readonly S[],
  onMap: readonly { readonly site: string | null }[],
): S[] {
  const stoodFor = new Set(onMap.map((one) => one.site));
  return sites.filter((one) => !stoodFor.has(one.id));
}

/** `3 cameras, 1 needs attention`. */
export function summaryWords(summary: SiteSummary): string {
  const count = summary.cameras.length;
  if (count === 0) return "No cameras";
  const cameras = plural(count, ["# camera", "# cameras"]);
  if (summary.wrong === 0) return cameras;
  return `${cameras}, ${plural(summary.wrong, ["# needs attention", "# need attention"])}`;
}
