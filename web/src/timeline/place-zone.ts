/** In whose time a view is read. Pure. */

interface Placed {
  readonly site: string | null;
}
interface Place {
  readonly id: string;
  readonly time_zone: string;
}

/**
 * The time zone of the places where cameras are, as far as they agree.
 *
 * @param cameras Those that are looked at; one without a site says nothing.
 * @param fallback Where they disagree, or none has a site.
 */
export function placeZone(
  cameras: readonly Placed[],
  places: readonly Place[],
  fallback: string,
): string {
  const named = new Set<string>();
  for (const { site } of cameras) {
    const place = places.find(({ id }) => id === site);
    if (place) named.add(place.time_zone);
  }
  const [only] = named;
  return named.size === 1 && only !== undefined ? only : fallback;
}
