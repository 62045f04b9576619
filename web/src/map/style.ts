/** What the map is drawn with: the countries that ship with the page, or the operator's street map. */

import type { LayerSpecification, SourceSpecification, StyleSpecification } from "maplibre-gl";

export interface MapColours {
  readonly water: string;
  readonly land: string;
  readonly border: string;
  readonly text: string;
  readonly halo: string;
}

/** GeoJSON of the countries. */
export type Countries = GeoJSON.FeatureCollection;

/** Only borders and names: enough to find a city, with nothing asked of anybody. */
export function worldStyle(
  countries: Countries,
  colours: MapColours,
  street: { readonly source: SourceSpecification; readonly layers: LayerSpecification[] } | null,
): StyleSpecification {
  // Their names must be none of the street map's, which has a layer "water" too.
  const world: LayerSpecification[] = [
    { id: "base-water", type: "background", paint: { "background-color": colours.water } },
    { id: "base-land", type: "fill", source: "world", paint: { "fill-color": colours.land } },
    {
      id: "base-borders",
      type: "line",
      source: "world",
      paint: { "line-color": colours.border, "line-width": 1 },
    },
  ];
  const names: LayerSpecification = {
    id: "base-names",
    type: "symbol",
    source: "names",
    layout: {
      "text-field": ["get", "name"],
      "text-font": ["Noto Sans Regular"],
      "text-size": 12,
      "text-max-width": 7,
    },
    paint: {
      "text-color": colours.text,
      "text-halo-color": colours.halo,
      "text-halo-width": 1.2,
    },
  };
  const sources: StyleSpecification["sources"] = {
    world: { type: "geojson", data: countries, attribution: "Natural Earth" },
  };
  if (street) sources.street = street.source;
  else sources.names = { type: "geojson", data: namePoints(countries) };
  return {
    version: 8,
    sources,
    layers: street ? [...world, ...street.layers.map(withoutIcons)] : [...world, names],
  };
}

/** One point for the name of each country, amid its largest piece; else every island had one. */
export function namePoints(countries: Countries): GeoJSON.FeatureCollection<GeoJSON.Point> {
  return {
    type: "FeatureCollection",
    features: countries.features.flatMap(({ geometry, properties }) => {
      const pieces =
        geometry.type === "Polygon"
          ? [geometry.coordinates]
          : geometry.type === "MultiPolygon"
            ? geometry.coordinates
            : [];
      const middles = pieces.map((piece) => middle(piece[0] ?? []));
      const [largest] = middles.sort((a, b) => b.area - a.area);
      if (!largest) return [];
      const at: GeoJSON.Point = { type: "Point", coordinates: [largest.x, largest.y] };
      return [{ type: "Feature" as const, properties, geometry: at }];
    }),
  };
}

/** Centre of mass and size of a ring (the shoelace formula). */
function middle(ring: readonly GeoJSON.Position[]): { x: number; y: number; area: number } {
  let [twice, x, y] = [0, 0, 0];
  ring.forEach((here, index) => {
    const next = ring[(index + 1) % ring.length] ?? here;
    const [ax = 0, ay = 0] = here;
    const [bx = 0, by = 0] = next;
    const cross = ax * by - bx * ay;
    twice += cross;
    x += (ax + bx) * cross;
    y += (ay + by) * cross;
  });
  if (twice === 0) return { x: ring[0]?.[0] ?? 0, y: ring[0]?.[1] ?? 0, area: 0 };
  return { x: x / (3 * twice), y: y / (3 * twice), area: Math.abs(twice) / 2 };
}

/**
 * A layer without pictures from a sprite, which would have to be fetched; its text stays, drawn
 * with the computer's own fonts.
 */
export function withoutIcons(layer: LayerSpecification): LayerSpecification {
  if (layer.type !== "symbol" || !layer.layout) return layer;
  const layout = Object.fromEntries(
    Object.entries(layer.layout).filter(([name]) => !name.startsWith("icon-")),
  );
  return { ...layer, layout };
}

/** Symbol layers that have no text left show nothing and are dropped. */
export function drawable(layer: LayerSpecification): boolean {
  if (layer.type === "background") return false;
  return layer.type !== "symbol" || layer.layout?.["text-field"] !== undefined;
}
