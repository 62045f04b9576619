/** The buttons that stand on the map: the same shapes for the same states as everywhere else. */

import type { Tone } from "../words";

const SVG = "http://www.w3.org/2000/svg";
/** As in `Dot.svelte`, so that a state does not hang on colour alone. */
const SHAPES: Readonly<Record<Tone, readonly [string, Readonly<Record<string, string>>]>> = {
  good: ["circle", { cx: "6", cy: "6", r: "4.5", fill: "currentColor" }],
  busy: [
    "circle",
    { cx: "6", cy: "6", r: "4", fill: "none", stroke: "currentColor", "stroke-width": "2" },
  ],
  wrong: ["path", { d: "M6 .8 11.6 11H.4Z", fill: "currentColor" }],
  quiet: [
    "rect",
    { x: "1.5", y: "4.8", width: "9", height: "2.4", rx: "1.2", fill: "currentColor" },
  ],
};

function shape(tone: Tone): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 12 12");
  svg.setAttribute("aria-hidden", "true");
  const [name, attributes] = SHAPES[tone];
  const child = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) child.setAttribute(key, value);
  svg.append(child);
  return svg;
}

function button(className: string, onPress: () => void): HTMLButtonElement {
  const element = document.createElement("button");
  element.type = "button";
  element.className = className;
  element.addEventListener("click", (event) => {
    // Else the ground below would be pressed too.
    event.stopPropagation();
    onPress();
  });
  return element;
}

export function cameraButton(onPress: () => void): HTMLButtonElement {
  return button("map-camera", onPress);
}

/** Brings a camera's button up to date without making it anew, which would lose the focus. */
export function dress(
  element: HTMLElement,
  tone: Tone,
  name: string,
  state: string,
  chosen: boolean,
): void {
  const key = `${tone}|${name}|${state}|${String(chosen)}`;
  if (element.dataset.drawn === key) return;
  element.dataset.drawn = key;
  element.dataset.tone = tone;
  element.classList.toggle("chosen", chosen);
  element.setAttribute("aria-pressed", String(chosen));
  element.setAttribute("aria-label", `${name}, ${state}`);
  const label = document.createElement("span");
  label.textContent = name;
  element.replaceChildren(shape(tone), label);
}

export function siteButton(
  tone: Tone,
  name: string,
  words: string,
  onPress: () => void,
): HTMLButtonElement {
  const element = button("map-site", onPress);
  element.dataset.tone = tone;
  element.setAttribute("aria-label", `${name}: ${words}`);
  element.title = words;
  const label = document.createElement("span");
  label.textContent = name;
  element.append(shape(tone), label);
  return element;
}

/** Turning by hand; by keys and numbers it goes without. */
export function turnHandle(): HTMLElement {
  const element = document.createElement("div");
  element.className = "map-handle";
  element.title = "Drag to turn the camera";
  return element;
}
