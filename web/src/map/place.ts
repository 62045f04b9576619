/** Changing where a camera is: by dragging, by keys, by numbers. Pure. */

import type { Placement, PlacementChange } from "../api/types";
import { destination, type LngLat, type Point, turned } from "./geometry";

/** A camera that was just put on the map looks north, so wide and so far. */
export function newOnMap(at: LngLat): PlacementChange {
  return {
    longitude: rounded(at[0], 6),
    latitude: rounded(at[1], 6),
    range_m: 30,
    direction_deg: 0,
    view_deg: 80,
  };
}

/** A camera that was just put on a plan. */
export function newOnFloor(floor: string, at: Point): PlacementChange {
  return {
    floor,
    x: rounded(within(at.x), 4),
    y: rounded(within(at.y), 4),
    range_widths: 0.15,
    direction_deg: 0,
    view_deg: 80,
  };
}

/** The numbers of a placement that may be sent back. */
export function changeOf(placement: Placement): PlacementChange {
  const change: PlacementChange & { camera?: string } = { ...placement };
  delete change.camera;
  return change;
}

/** Placements by the identifier of their camera. */
export function byCamera(placements: readonly Placement[]): ReadonlyMap<string, Placement> {
  return new Map(placements.map((one) => [one.camera, one]));
}

/** The placements with one that is new or changed. */
export function withPlacement(
  placements: ReadonlyMap<string, Placement>,
  camera: string,
  change: PlacementChange,
): ReadonlyMap<string, Placement> {
  return new Map(placements).set(camera, {
    floor: null,
    latitude: null,
    longitude: null,
    range_m: null,
    x: null,
    y: null,
    range_widths: null,
    direction_deg: 0,
    view_deg: 90,
    ...change,
    camera,
  });
}

export function movedOnMap(placement: PlacementChange, to: LngLat): PlacementChange {
  return {
    ...placement,
    longitude: rounded(wrapped(to[0]), 6),
    latitude: rounded(Math.min(90, Math.max(-90, to[1])), 6),
  };
}

export function movedOnFloor(placement: PlacementChange, to: Point): PlacementChange {
  return { ...placement, x: rounded(within(to.x), 4), y: rounded(within(to.y), 4) };
}

export function turnedTo(placement: PlacementChange, directionDeg: number): PlacementChange {
  return { ...placement, direction_deg: rounded(turned(directionDeg), 1) };
}

const ARROWS: Readonly<Record<string, number>> = {
  ArrowUp: 0,
  ArrowRight: 90,
  ArrowDown: 180,
  ArrowLeft: 270,
};
const STEP_M = 1;
const STEP_WIDTHS = 0.005;

/**
 * What a key does to a placement: arrows move it, with Shift ten times as far; brackets turn it,
 * plus and minus change how far it sees.
 *
 * @param aspect - Width of the plan over its height, so that a step is as long in both directions.
 * @returns The new placement, or null when the key means nothing.
 */
export function keyed(
  placement: PlacementChange,
  key: string,
  shift: boolean,
  aspect = 1,
): PlacementChange | null {
  const times = shift ? 10 : 1;
  const course = ARROWS[key];
  if (course !== undefined) return stepped(placement, course, times, aspect);
  const direction = placement.direction_deg ?? 0;
  if (key === "[" || key === "{") return turnedTo(placement, direction - 5 * (key === "{" ? 3 : 1));
  if (key === "]" || key === "}") return turnedTo(placement, direction + 5 * (key === "}" ? 3 : 1));
  if (key === "+" || key === "=") return scaled(placement, 1.1);
  if (key === "-") return scaled(placement, 1 / 1.1);
  return null;
}

function stepped(
  placement: PlacementChange,
  course: number,
  times: number,
  aspect: number,
): PlacementChange {
  if (placement.floor) {
    const angle = (course * Math.PI) / 180;
    const far = STEP_WIDTHS * times;
    return movedOnFloor(placement, {
      x: (placement.x ?? 0) + Math.sin(angle) * far,
      y: (placement.y ?? 0) - Math.cos(angle) * far * aspect,
    });
  }
  const from: LngLat = [placement.longitude ?? 0, placement.latitude ?? 0];
  return movedOnMap(placement, destination(from, course, STEP_M * times));
}

function scaled(placement: PlacementChange, by: number): PlacementChange {
  if (placement.floor) {
    const range = Math.min(2, Math.max(0.005, (placement.range_widths ?? 0.15) * by));
    return { ...placement, range_widths: rounded(range, 3) };
  }
  const range = Math.min(20_000, Math.max(1, (placement.range_m ?? 30) * by));
  return { ...placement, range_m: rounded(range, 1) };
}

function rounded(value: number, places: number): number {
  return Number(value.toFixed(places));
}

function within(value: number): number {
  return Math.min(1, Math.max(0, value));
}

/** Longitude brought to -180 to 180. */
function wrapped(longitude: number): number {
  if (longitude >= -180 && longitude <= 180) return longitude;
  return turned(longitude + 180) - 180;
}
