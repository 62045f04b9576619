/** Gets what the map is drawn with: the countries of the page, and a street map where there is one. */

import { DARK, LIGHT, layers } from "@protomaps/basemaps";
import { addProtocol, type StyleSpecification } from "maplibre-gl";
import { Protocol } from "pmtiles";
import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import countriesUrl from "world-atlas/countries-50m.json?url";

import { unwrap } from "./unwrap";
import { type Countries, drawable, type MapColours, worldStyle } from "./style";

const COLOURS: Readonly<Record<"light" | "dark", MapColours>> = {
  light: { water: "#c9dbe2", land: "#f4f3ee", border: "#a9b3b0", text: "#36413f", halo: "#ffffff" },
  dark: { water: "#0d1517", land: "#1b2528", border: "#3a484c", text: "#b9c8c5", halo: "#0d1517" },
};

let countries: Promise<Countries> | null = null;
let hasProtocol = false;

async function loadCountries(): Promise<Countries> {
  const answer = await fetch(countriesUrl);
  if (!answer.ok) throw new Error("The borders of the map could not be loaded; reload the page.");
  const topology = (await answer.json()) as Topology<{ countries: GeometryCollection }>;
  const globe = feature(topology, topology.objects.countries);
  return {
    ...globe,
    features: globe.features.map((one) => ({ ...one, geometry: unwrap(one.geometry) })),
  };
}

/**
 * @param street - Address of a PMTiles file, or null for the countries alone.
 */
export async function mapStyle(dark: boolean, street: string | null): Promise<StyleSpecification> {
  countries ??= loadCountries();
  const shapes = await countries;
  const colours = COLOURS[dark ? "dark" : "light"];
  if (street === null) return worldStyle(shapes, colours, null);
  if (!hasProtocol) {
    addProtocol("pmtiles", new Protocol().tile);
    hasProtocol = true;
  }
  const drawn = layers("street", dark ? DARK : LIGHT, { lang: "en" }).filter(drawable);
  return worldStyle(shapes, colours, {
    source: {
      type: "vector",
      url: `pmtiles://${new URL(street, location.href).href}`,
      attribution: "OpenStreetMap contributors",
    },
    layers: drawn,
  });
}
