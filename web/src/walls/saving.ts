/** Whether a wall that is being arranged may be saved. Pure. */

import { slotWords } from "./editing";
import type { Layout } from "./model";

/** What must be done first; empty when it may be saved. */
export function missingWords(name: string, layout: Layout): string {
  if (name.trim() === "") return "Give the wall a name.";
  const hollow = layout.cells.find((cell) => cell.kind === "sequence" && cell.cameras.length === 0);
  if (hollow) return `The sequence at ${slotWords(hollow)} has no cameras yet. Drop some onto it.`;
  return "";
}

/** A name like this one that nobody uses: `Gates 2`. */
export function freeName(name: string, taken: readonly string[]): string {
  const wanted = name.trim() || "Wall";
  if (!taken.includes(wanted)) return wanted;
  const stem = wanted.replace(/ \d+$/, "");
  let number = 2;
  while (taken.includes(`${stem} ${String(number)}`)) number++;
  return `${stem} ${String(number)}`;
}
