/** Where a camera looks, as shapes: on the globe and on a floor's plan. Pure. */

/** Longitude before latitude, degrees, as GeoJSON has it. */
export type LngLat = readonly [number, number];

export interface View {
  /** Middle of the view, clockwise from north or from the top of the plan. */
  readonly directionDeg: number;
  /** Width of the view, over 0 to 360. */
  readonly viewDeg: number;
}

const EARTH_RADIUS_M = 6_371_008.8;
const STEP_DEG = 6;

/** The same direction, 0 included and 360 excluded. */
export function turned(deg: number): number {
  const rest = ((deg % 360) + 360) % 360;
  return rest === 360 ? 0 : rest;
}

function radians(deg: number): number {
  return (deg * Math.PI) / 180;
}

function degrees(rad: number): number {
  return (rad * 180) / Math.PI;
}

/** Where one arrives from a point after a distance along a great circle. */
export function destination(from: LngLat, directionDeg: number, distanceM: number): LngLat {
  const angle = distanceM / EARTH_RADIUS_M;
  const lat = radians(from[1]);
  const course = radians(directionDeg);
  const sinLat =
    Math.sin(lat) * Math.cos(angle) + Math.cos(lat) * Math.sin(angle) * Math.cos(course);
  const east = Math.sin(course) * Math.sin(angle) * Math.cos(lat);
  const north = Math.cos(angle) - Math.sin(lat) * sinLat;
  const toLat = Math.asin(Math.min(1, Math.max(-1, sinLat)));
  return [from[0] + degrees(Math.atan2(east, north)), degrees(toLat)];
}

/** Metres between two points along the ground. */
export function distanceM(a: LngLat, b: LngLat): number {
  const dLat = radians(b[1] - a[1]);
  const dLng = radians(b[0] - a[0]);
  const h =
    Math.sin(dLat / 2) ** 2 +
    Math.cos(radians(a[1])) * Math.cos(radians(b[1])) * Math.sin(dLng / 2) ** 2;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** In which direction one sets out from `a` towards `b`; 0 when they are the same point. */
export function directionTo(a: LngLat, b: LngLat): number {
  const dLng = radians(b[0] - a[0]);
  const [latA, latB] = [radians(a[1]), radians(b[1])];
  const east = Math.sin(dLng) * Math.cos(latB);
  const north = Math.cos(latA) * Math.sin(latB) - Math.sin(latA) * Math.cos(latB) * Math.cos(dLng);
  return turned(degrees(Math.atan2(east, north)));
}

/** Directions from one edge of a view to the other, both included, at most `STEP_DEG` apart. */
function sweep(view: View): number[] {
  const steps = Math.max(1, Math.ceil(view.viewDeg / STEP_DEG));
  const first = view.directionDeg - view.viewDeg / 2;
  return Array.from({ length: steps + 1 }, (_, step) => first + (view.viewDeg * step) / steps);
}

/** The ground that a camera sees, as a closed ring; a full circle has no corner at the camera. */
export function wedgeRing(at: LngLat, view: View, rangeM: number): LngLat[] {
  const arc = sweep(view).map((deg) => destination(at, deg, rangeM));
  const ring = view.viewDeg >= 360 ? arc.slice(0, -1) : [at, ...arc];
  const first = ring[0];
  return first ? [...ring, first] : [];
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A point of a plan at a distance, y downwards, directions clockwise from the top. */
export function planPoint(from: Point, directionDeg: number, distance: number): Point {
  const angle = radians(directionDeg);
  return { x: from.x + Math.sin(angle) * distance, y: from.y - Math.cos(angle) * distance };
}

/** Direction on a plan from one point to another; 0 when they are the same point. */
export function planDirection(from: Point, to: Point): number {
  return turned(degrees(Math.atan2(to.x - from.x, from.y - to.y)));
}

/** What a camera sees of a plan, as the `d` of an SVG path, in the units of `at`. */
export function wedgePath(at: Point, view: View, range: number): string {
  const points = sweep(view).map((deg) => planPoint(at, deg, range));
  const corners = view.viewDeg >= 360 ? points.slice(0, -1) : [at, ...points];
  return (
    corners.map((p, i) => `${i ? "L" : "M"}${p.x.toFixed(2)} ${p.y.toFixed(2)}`).join("") + "Z"
  );
}

export interface Bounds {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

/** The smallest box around points that does not cross the date line; null without any. */
export function boundsOf(points: readonly LngLat[]): Bounds | null {
  if (points.length === 0) return null;
  const lng = points.map((point) => point[0]);
  const lat = points.map((point) => point[1]);
  return {
    west: Math.min(...lng),
    south: Math.min(...lat),
    east: Math.max(...lng),
    north: Math.max(...lat),
  };
}

/**
 * Puts what would overlap on the screen into one heap.
 *
 * @param points - In pixels.
 * @param nearPx - How close is too close; whoever is near any member of a heap joins it.
 * @returns Heaps of indices, each index once, in order of their first member.
 */
export function heaps(points: readonly Point[], nearPx: number): number[][] {
  const owner = points.map((_, index) => index);
  const find = (index: number): number => {
    let at = index;
    while (owner[at] !== at) at = owner[at] ?? at;
    return at;
  };
  points.forEach((a, i) => {
    for (let j = 0; j < i; j++) {
      const b = points[j];
      if (!b || Math.hypot(a.x - b.x, a.y - b.y) > nearPx) continue;
      const [p, q] = [find(i), find(j)];
      owner[Math.max(p, q)] = Math.min(p, q);
    }
  });
  const found = new Map<number, number[]>();
  points.forEach((_, index) => {
    const root = find(index);
    found.set(root, [...(found.get(root) ?? []), index]);
  });
  return [...found.values()];
}
