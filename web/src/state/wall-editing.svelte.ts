/** A wall while it is arranged: what was done, what is carried, and where the keyboard is. */

import {
  advanced,
  appended,
  type Carried,
  type Change,
  cursorAfter,
  type History,
  historyOf,
  put,
  redo,
  refilled,
  regridded,
  removed,
  resized,
  type Slot,
  slotWords,
  undo,
} from "../walls/editing";
import type { Direction } from "../walls/geometry";
import { cellAt, type Cell, type Content, type Layout, sameLayout } from "../walls/model";
import { site } from "./site.svelte";

/** What a cell shows, in words. */
export function contentName(content: Content): string {
  const names = content.cameras.map((id) => site.camera(id)?.name ?? "a removed camera");
  if (content.kind === "spot") return "Spot";
  if (content.kind === "camera") return names[0] ?? "a removed camera";
  return names.length === 0 ? "An empty sequence" : `Sequence of ${names.join(", ")}`;
}

export class WallEditing {
  #history = $state.raw<History>(historyOf({ columns: 1, rows: 1, cells: [] }));
  #saved: Layout;
  cursor = $state.raw<Slot>({ x: 0, y: 0 });
  carried = $state.raw<Carried | null>(null);
  /** For screen readers. */
  said = $state("");

  constructor(layout: Layout) {
    this.#saved = layout;
    this.#history = historyOf(layout);
  }

  get layout(): Layout {
    return this.#history.now;
  }

  get changed(): boolean {
    return !sameLayout(this.#saved, this.layout);
  }

  get canUndo(): boolean {
    return this.#history.past.length > 0;
  }

  get canRedo(): boolean {
    return this.#history.undone.length > 0;
  }

  /** Place of the cell under the cursor; -1 on an empty slot. */
  get selected(): number {
    return cellAt(this.layout, this.cursor.x, this.cursor.y);
  }

  get selectedCell(): Cell | undefined {
    return this.layout.cells[this.selected];
  }

  nameAt(slot: Slot): string {
    const cell = this.layout.cells[cellAt(this.layout, slot.x, slot.y)];
    return cell ? contentName(cell) : /* @wc-include */ "empty";
  }

  /** What is carried, in words. */
  nameOf(carried: Carried | null): string {
    if (!carried) return "";
    const what = carried.from === "list" ? carried.content : this.layout.cells[carried.index];
    return what ? contentName(what) : "";
  }

  pickUp(carried: Carried): void {
    this.carried = carried;
    this.said = `${this.nameOf(this.carried)} is picked up. Arrows choose a place, Enter puts it down.`;
  }

  letGo(): void {
    if (!this.carried) return;
    this.said = `${this.nameOf(this.carried)} is put back.`;
    this.carried = null;
  }

  /** Puts what is carried, or what was dragged, down at a slot. */
  putAt(slot: Slot, carried = this.carried): void {
    if (!carried) return;
    this.carried = null;
    this.cursor = slot;
    this.#take(put(this.layout, carried, slot, contentName));
  }

  /** Enter or the space bar at the cursor. */
  press(): void {
    if (this.carried) this.putAt(this.cursor);
    else if (this.selected >= 0) this.pickUp({ from: "wall", index: this.selected });
    else this.said = "This place is empty. Choose a camera in the list first.";
  }

  move(direction: Direction): void {
    this.cursor = cursorAfter(this.layout, this.cursor, direction);
    this.said = `${slotWords(this.cursor)}: ${this.nameAt(this.cursor)}`;
  }

  append(content: Content): void {
    this.carried = null;
    this.#take(appended(this.layout, content, contentName));
  }

  resize(index: number, w: number, h: number): void {
    this.#take(resized(this.layout, index, { w, h }, contentName));
  }

  /** Larger or smaller by a column or a row, from the keyboard. */
  stretch(direction: Direction): void {
    const cell = this.selectedCell;
    if (!cell) return;
    const w = cell.w + (direction === "ArrowRight" ? 1 : direction === "ArrowLeft" ? -1 : 0);
    const h = cell.h + (direction === "ArrowDown" ? 1 : direction === "ArrowUp" ? -1 : 0);
    this.cursor = { x: cell.x, y: cell.y };
    this.resize(this.selected, w, h);
  }

  remove(index = this.selected): void {
    if (index < 0) return;
    this.carried = null;
    this.#take(removed(this.layout, index, contentName));
  }

  refill(index: number, content: Content): void {
    this.#set(refilled(this.layout, index, content));
  }

  grid(columns: number, rows: number): void {
    this.carried = null;
    this.#take(regridded(this.layout, columns, rows, contentName));
    const { columns: most, rows: last } = this.layout;
    this.cursor = { x: Math.min(this.cursor.x, most - 1), y: Math.min(this.cursor.y, last - 1) };
  }

  replace(layout: Layout): void {
    this.#set(layout);
  }

  undo(): void {
    this.carried = null;
    this.#history = undo(this.#history);
    this.said = "The last step is undone.";
  }

  redo(): void {
    this.carried = null;
    this.#history = redo(this.#history);
    this.said = "The step is done again.";
  }

  #take(change: Change): void {
    this.#set(change.layout);
    this.said = change.said;
  }

  #set(layout: Layout): void {
    this.#history = advanced(this.#history, layout);
  }
}
