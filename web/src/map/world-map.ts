/** The map of the world on a WebGL2 canvas: MapLibre, with cameras and sites as buttons on it. */

import "maplibre-gl/dist/maplibre-gl.css";

import {
  type GeoJSONSource,
  Map as MapLibre,
  Marker,
  NavigationControl,
  ScaleControl,
  setWorkerUrl,
  type StyleSpecification,
} from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";

import { plural } from "../plural";
import type { Tone } from "../words";
import {
  boundsOf,
  destination,
  directionTo,
  distanceM,
  heaps,
  type LngLat,
  wedgeRing,
} from "./geometry";
import { cameraButton, dress, siteButton, turnHandle } from "./marks";
import { withoutCameras, worstTone } from "./summary";

export interface MapCamera {
  readonly id: string;
  readonly name: string;
  readonly at: LngLat;
  readonly directionDeg: number;
  readonly viewDeg: number;
  readonly rangeM: number;
  readonly tone: Tone;
  /** What it is doing, for the label. */
  readonly state: string;
  /** Its site stands for it until one is near; null shows it at any zoom. */
  readonly site: string | null;
}

export interface MapSite {
  readonly id: string;
  readonly name: string;
  readonly at: LngLat;
  readonly tone: Tone;
  readonly words: string;
}

export interface MapCalls {
  readonly onCamera: (id: string) => void;
  readonly onSite: (id: string) => void;
  /** The camera that is being placed was dragged, or turned by its handle. */
  readonly onMoved: (at: LngLat) => void;
  readonly onTurned: (directionDeg: number, rangeM: number) => void;
  /** The ground was pressed. */
  readonly onGround: (at: LngLat) => void;
}

/** From this zoom on, cameras stand for themselves instead of their site. */
const NEAR_ZOOM = 14;
const NEAR_PX = 44;
const TONES = ["good", "busy", "wrong", "quiet"] as const;

/** Whether this browser can draw the map at all. */
export function canDrawMaps(): boolean {
  try {
    return document.createElement("canvas").getContext("webgl2") !== null;
  } catch {
    return false;
  }
}

export class WorldMap {
  readonly #map: MapLibre;
  readonly #calls: MapCalls;
  readonly #cameraMarks = new Map<string, Marker>();
  #siteMarks: Marker[] = [];
  #handle: Marker | null = null;
  #cameras: readonly MapCamera[] = [];
  #sites: readonly MapSite[] = [];
  #chosen = "";
  #editing = false;
  #ready = false;
  #colours: Readonly<Record<Tone, string>>;

  constructor(
    container: HTMLElement,
    style: StyleSpecification,
    colours: Readonly<Record<Tone, string>>,
    calls: MapCalls,
  ) {
    setWorkerUrl(workerUrl);
    this.#calls = calls;
    this.#colours = colours;
    this.#map = new MapLibre({
      container,
      style,
      center: [12, 40],
      zoom: 1.4,
      maxZoom: 21,
      attributionControl: { compact: true },
      dragRotate: false,
      pitchWithRotate: false,
      fadeDuration: 0,
    });
    this.#map.touchZoomRotate.disableRotation();
    this.#map.addControl(new NavigationControl({ showCompass: false }), "top-right");
    this.#map.addControl(new ScaleControl({}), "bottom-left");
    this.#map.on("style.load", () => {
      this.#ready = true;
      this.#addWedges();
      this.#draw();
    });
    this.#map.on("moveend", () => {
      this.#draw();
    });
    this.#map.on("click", (event) => {
      calls.onGround([event.lngLat.lng, event.lngLat.lat]);
    });
  }

  /** Redraws with what is so now. `chosen` may be empty; `editing` lets it be dragged. */
  show(
    cameras: readonly MapCamera[],
    sites: readonly MapSite[],
    chosen: string,
    editing: boolean,
  ): void {
    this.#cameras = cameras;
    this.#sites = sites;
    this.#chosen = chosen;
    this.#editing = editing;
    this.#draw();
  }

  restyle(style: StyleSpecification, colours: Readonly<Record<Tone, string>>): void {
    this.#colours = colours;
    this.#ready = false;
    this.#map.setStyle(style, { diff: false });
  }

  /** Shows all of these places; one alone from nearby. */
  fit(points: readonly LngLat[], nearZoom = 17): void {
    const box = boundsOf(points);
    if (!box) return;
    this.#map.fitBounds(
      [
        [box.west, box.south],
        [box.east, box.north],
      ],
      { padding: 70, maxZoom: nearZoom, animate: !still() },
    );
  }

  centre(): LngLat {
    const centre = this.#map.getCenter();
    return [centre.lng, centre.lat];
  }

  resize(): void {
    this.#map.resize();
  }

  destroy(): void {
    this.#map.remove();
  }

  #addWedges(): void {
    this.#map.addSource("wedges", { type: "geojson", data: this.#wedges() });
    for (const tone of TONES) {
      const filter = ["==", ["get", "tone"], tone] as ["==", ["get", string], string];
      const colour = this.#colours[tone];
      this.#map.addLayer({
        id: `wedge-${tone}`,
        type: "fill",
        source: "wedges",
        filter,
        paint: { "fill-color": colour, "fill-opacity": 0.22 },
      });
      this.#map.addLayer({
        id: `wedge-edge-${tone}`,
        type: "line",
        source: "wedges",
        filter,
        paint: { "line-color": colour, "line-width": 1.4 },
      });
    }
  }

  #visible(): MapCamera[] {
    const near = this.#map.getZoom() >= NEAR_ZOOM;
    return this.#cameras.filter((one) => near || one.site === null || one.id === this.#chosen);
  }

  #wedges(): GeoJSON.FeatureCollection {
    return {
      type: "FeatureCollection",
      features: this.#visible().map((one) => ({
        type: "Feature",
        properties: { tone: one.tone },
        geometry: {
          type: "Polygon",
          coordinates: [wedgeRing(one.at, one, one.rangeM).map(([lng, lat]) => [lng, lat])],
        },
      })),
    };
  }

  #draw(): void {
    if (!this.#ready) return;
    this.#map.getSource<GeoJSONSource>("wedges")?.setData(this.#wedges());
    this.#drawCameras();
    this.#drawSites();
    this.#drawHandle();
  }

  #drawCameras(): void {
    const visible = this.#visible();
    const shown = new Set(visible.map((one) => one.id));
    for (const [id, mark] of this.#cameraMarks) {
      if (shown.has(id)) continue;
      mark.remove();
      this.#cameraMarks.delete(id);
    }
    for (const one of visible) {
      let mark = this.#cameraMarks.get(one.id);
      if (!mark) {
        mark = this.#newCameraMark(one);
        this.#cameraMarks.set(one.id, mark);
      }
      const mine = one.id === this.#chosen;
      mark.setDraggable(mine && this.#editing);
      if (!mark.getElement().classList.contains("dragged")) mark.setLngLat([...one.at]);
      dress(mark.getElement(), one.tone, one.name, one.state, mine);
    }
  }

  #newCameraMark(one: MapCamera): Marker {
    const element = cameraButton(() => {
      this.#calls.onCamera(one.id);
    });
    const mark = new Marker({ element }).setLngLat([...one.at]).addTo(this.#map);
    mark.on("dragstart", () => element.classList.add("dragged"));
    mark.on("dragend", () => {
      element.classList.remove("dragged");
      const to = mark.getLngLat();
      this.#calls.onMoved([to.lng, to.lat]);
    });
    return mark;
  }

  #drawSites(): void {
    for (const mark of this.#siteMarks) mark.remove();
    this.#siteMarks = [];
    const near = this.#map.getZoom() >= NEAR_ZOOM;
    // Near by, a site's cameras stand for it; one that has none on the map is still there.
    const shown = near ? withoutCameras(this.#sites, this.#cameras) : this.#sites;
    const points = shown.map((one) => this.#map.project([...one.at]));
    for (const heap of heaps(points, NEAR_PX)) {
      const sites = heap.flatMap((index) => shown[index] ?? []);
      const first = sites[0];
      if (!first) continue;
      const many = sites.length > 1;
      const element = siteButton(
        worstTone(sites.map((one) => one.tone)),
        many ? plural(sites.length, ["# site", "# sites"]) : first.name,
        many ? sites.map((one) => one.name).join(", ") : first.words,
        () => {
          if (many)
            this.fit(
              sites.map((one) => one.at),
              NEAR_ZOOM,
            );
          else this.#calls.onSite(first.id);
        },
      );
      const mark = new Marker({ element }).setLngLat([...first.at]).addTo(this.#map);
      this.#siteMarks.push(mark);
    }
  }

  /** At the tip of the wedge: drag it to turn the camera and to say how far it sees. */
  #drawHandle(): void {
    const one = this.#editing ? this.#cameras.find((each) => each.id === this.#chosen) : undefined;
    if (!one) {
      this.#handle?.remove();
      this.#handle = null;
      return;
    }
    if (!this.#handle) {
      const element = turnHandle();
      this.#handle = new Marker({ element, draggable: true });
      const handle = this.#handle;
      handle.setLngLat([...one.at]).addTo(this.#map);
      handle.on("dragstart", () => element.classList.add("dragged"));
      handle.on("dragend", () => {
        element.classList.remove("dragged");
        const camera = this.#cameras.find((each) => each.id === this.#chosen);
        const to = handle.getLngLat();
        const tip: LngLat = [to.lng, to.lat];
        if (camera) this.#calls.onTurned(directionTo(camera.at, tip), distanceM(camera.at, tip));
      });
    }
    if (this.#handle.getElement().classList.contains("dragged")) return;
    this.#handle.setLngLat([...destination(one.at, one.directionDeg, one.rangeM)]);
  }
}

function still(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
