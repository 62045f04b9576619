/** A picture of what is shown as a file: what it is called, and how it is drawn. */

import { clockSeconds, toLocal } from "../timeline/zone";

const LONGEST_NAME = 60;

/** `2026-11-25`. */
function dayStamp(ms: number, zone: string): string {
  return toLocal(ms, zone).toISOString().slice(0, 10);
}

/** `North gate 2026-11-25 03-12-07.jpg`: sorts by camera and time, and is allowed everywhere. */
export function pictureName(camera: string, us: number, zone: string): string {
  const plain = camera
    .normalize("NFC")
    .replace(/[^\p{L}\p{N} _.()-]+/gu, " ")
    .replace(/\s+/g, " ")
    .replace(/^[ .]+|[ .]+$/g, "")
    .slice(0, LONGEST_NAME)
    .trim();
  const clock = clockSeconds(us / 1000, zone).replaceAll(":", "-");
  return `${plain || "camera"} ${dayStamp(us / 1000, zone)} ${clock}.jpg`;
}

/**
 * Wall time of what a video shows, microseconds, from the wall time of its second 0, which a stage
 * writes beside it.
 *
 * @returns `elseUs` where none is written.
 */
export function shownUs(video: HTMLVideoElement, elseUs: number | null): number | null {
  const epochUs = Number(video.dataset["epochUs"] ?? "");
  return epochUs > 0 ? epochUs + video.currentTime * 1e6 : elseUs;
}

/** What is written beneath the picture; a browser tells the shown frame's time no finer than tenths. */
export function stripText(camera: string, us: number, zone: string): string {
  const tenth = String(Math.floor(us / 1e5) % 10);
  const clock = `${clockSeconds(us / 1000, zone)}.${tenth}`;
  return `${camera}   ${dayStamp(us / 1000, zone)} ${clock} ${zone}`;
}

/** Height of the strip for a picture of that height: legible, and even. */
export function stripHeight(heightPx: number): number {
  return Math.max(20, 2 * Math.round(heightPx / 44));
}

/**
 * The frame that a video shows, at its full size, with a strip beneath it.
 *
 * @returns A JPEG, or null when the browser shows nothing.
 */
export async function pictureOf(video: HTMLVideoElement, text: string): Promise<Blob | null> {
  const { videoWidth: width, videoHeight: height } = video;
  if (width === 0 || height === 0) return null;
  const strip = text === "" ? 0 : stripHeight(height);
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height + strip;
  const context = canvas.getContext("2d");
  if (!context) return null;
  context.drawImage(video, 0, 0, width, height);
  if (strip > 0) {
    context.fillStyle = "#000000";
    context.fillRect(0, height, width, strip);
    context.fillStyle = "#ffffff";
    context.font = `${String(Math.round(strip * 0.62))}px sans-serif`;
    context.textBaseline = "middle";
    context.fillText(text, strip * 0.4, height + strip / 2, width - strip * 0.8);
  }
  return new Promise((done) => {
    canvas.toBlob(done, "image/jpeg", 0.92);
  });
}

/** The video of a stage that is seen and has a picture. */
export function shownVideo(stage: ParentNode | null): HTMLVideoElement | null {
  const videos = [...(stage?.querySelectorAll("video") ?? [])];
  return (
    videos.find(
      (video) => video.readyState >= 2 && getComputedStyle(video).visibility !== "hidden",
    ) ?? null
  );
}

/** Gives a file to the person, as a link with `download` would. */
export function saveFile(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser reads the blob after this turn.
  setTimeout(() => {
    URL.revokeObjectURL(link.href);
  }, 30_000);
}
