/** Steering a camera: what hands mean, and the socket with its dead man's handle. */

import { retryDelayMs } from "./backoff";

/** How the camera shall move, each from -1 to 1: right, up and closer are positive. */
export interface Wish {
  readonly pan: number;
  readonly tilt: number;
  readonly zoom: number;
}

export const STILL: Wish = { pan: 0, tilt: 0, zoom: 0 };

export function isStill(wish: Wish): boolean {
  return wish.pan === 0 && wish.tilt === 0 && wish.zoom === 0;
}

const FULL_SHARE = 0.3;
const HAND_TREMBLES_PX = 5;

export interface Point {
  readonly x: number;
  readonly y: number;
}

/**
 * A drag on the picture is a joystick that stands where the pointer went down.
 *
 * @param sizePx Width and height of the picture; a drag over 30 % of the smaller one is full speed.
 */
export function wishOfDrag(from: Point, to: Point, sizePx: Point): Wish {
  const reach = Math.max(1, FULL_SHARE * Math.min(sizePx.x, sizePx.y));
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  if (Math.hypot(dx, dy) < HAND_TREMBLES_PX) return STILL;
  const length = Math.max(1, Math.hypot(dx, dy) / reach);
  return { pan: dx / reach / length, tilt: -dy / reach / length, zoom: 0 };
}

const SLOW = 0.45;
/** Keys that steer, and which way. */
const KEYS: Readonly<Record<string, Wish>> = {
  ArrowLeft: { pan: -1, tilt: 0, zoom: 0 },
  ArrowRight: { pan: 1, tilt: 0, zoom: 0 },
  ArrowUp: { pan: 0, tilt: 1, zoom: 0 },
  ArrowDown: { pan: 0, tilt: -1, zoom: 0 },
  "+": { pan: 0, tilt: 0, zoom: 1 },
  "=": { pan: 0, tilt: 0, zoom: 1 },
  "-": { pan: 0, tilt: 0, zoom: -1 },
  _: { pan: 0, tilt: 0, zoom: -1 },
};

/** The key by which it is remembered until it comes up, whatever Shift does meanwhile. */
export function steeringKey(key: string): string | null {
  if (!Object.hasOwn(KEYS, key)) return null;
  if (key === "=") return "+";
  return key === "_" ? "-" : key;
}

/** @param fast Whether Shift is held: full speed instead of a careful one. */
export function wishOfKeys(held: Iterable<string>, fast: boolean): Wish {
  let [pan, tilt, zoom] = [0, 0, 0];
  for (const key of held) {
    const wish = KEYS[key];
    if (!wish) continue;
    pan += wish.pan;
    tilt += wish.tilt;
    zoom += wish.zoom;
  }
  const speed = fast ? 1 : SLOW + 0.1;
  return { pan: held1(pan) * speed, tilt: held1(tilt) * speed, zoom: held1(zoom) * speed };
}

function held1(value: number): number {
  return Math.min(1, Math.max(-1, value));
}

/** One notch of a wheel zooms for a moment; away from the person is closer. */
export function wishOfWheel(deltaY: number): Wish {
  if (deltaY === 0) return STILL;
  return { pan: 0, tilt: 0, zoom: deltaY < 0 ? 0.7 : -0.7 };
}

/**
 * Steers by dragging on an element.
 *
 * @param origin Where the joystick stands for a pointer that went down there.
 * @param sizePx See wishOfDrag.
 * @returns What takes the listeners off again.
 */
export function listenToDrags(
  element: HTMLElement,
  origin: (at: Point) => Point,
  sizePx: () => Point,
  want: (wish: Wish) => void,
): () => void {
  let pointer: number | null = null;
  let from: Point = { x: 0, y: 0 };
  const place = (event: PointerEvent): Point => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const down = (event: PointerEvent): void => {
    if (event.button !== 0 || pointer !== null) return;
    event.preventDefault();
    event.stopPropagation();
    pointer = event.pointerId;
    element.setPointerCapture(pointer);
    from = origin(place(event));
    want(wishOfDrag(from, place(event), sizePx()));
  };
  const move = (event: PointerEvent): void => {
    if (event.pointerId !== pointer) return;
    event.stopPropagation();
    want(wishOfDrag(from, place(event), sizePx()));
  };
  const up = (event: PointerEvent): void => {
    if (event.pointerId !== pointer) return;
    pointer = null;
    want(STILL);
  };
  const ends = ["pointerup", "pointercancel", "lostpointercapture"] as const;
  element.addEventListener("pointerdown", down, true);
  element.addEventListener("pointermove", move, true);
  for (const kind of ends) element.addEventListener(kind, up, true);
  return () => {
    element.removeEventListener("pointerdown", down, true);
    element.removeEventListener("pointermove", move, true);
    for (const kind of ends) element.removeEventListener(kind, up, true);
    if (pointer !== null) want(STILL);
  };
}

export interface HandState {
  readonly connected: boolean;
  /** Who has the camera in hand; null when it is free. */
  readonly heldBy: string | null;
  readonly mine: boolean;
}

interface HeldMessage {
  readonly type: "held";
  readonly by: string | null;
  readonly mine: boolean;
}
interface TroubleMessage {
  readonly type: "trouble";
  readonly detail: string;
}

export interface HandOptions {
  readonly path: string;
  readonly onState: (state: HandState) => void;
  readonly onTrouble: (detail: string) => void;
  /** Replaced in tests. */
  readonly connect?: (url: string) => WebSocket;
}

/** Said again this often while the camera moves; the server lets go after 500 ms. */
const BEAT_MS = 180;

/** A hand on a camera: says again and again what it wants, and says nothing when it is gone. */
export class Hand {
  readonly #options: HandOptions;
  #socket: WebSocket | null = null;
  #state: HandState = { connected: false, heldBy: null, mine: false };
  #wish: Wish = STILL;
  #take = false;
  #beat: ReturnType<typeof setInterval> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;
  #closed = false;

  constructor(options: HandOptions) {
    this.#options = options;
    this.#open();
  }

  get state(): HandState {
    return this.#state;
  }

  /** Moves like this until told otherwise; told to the server at once when it changed. */
  move(wish: Wish): void {
    const { pan, tilt, zoom } = this.#wish;
    if (wish.pan === pan && wish.tilt === tilt && wish.zoom === zoom) return;
    this.#wish = wish;
    if (isStill(wish)) {
      this.stop();
      return;
    }
    // The joystick moves at the screen's pace; the server needs less than half of that.
    this.#beat ??= setInterval(this.#say, BEAT_MS);
    this.#sayMove();
  }

  stop(): void {
    const moved = this.#beat !== undefined;
    this.#wish = STILL;
    clearInterval(this.#beat);
    this.#beat = undefined;
    if (moved) this.#send({ type: "stop" });
  }

  /** The next movement takes the camera from whoever has it. */
  take(): void {
    this.#take = true;
  }

  close(): void {
    this.stop();
    this.#closed = true;
    clearTimeout(this.#retry);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  readonly #say = (): void => {
    this.#sayMove();
  };

  #lastSaid = 0;
  #sayMove(): void {
    const now = performance.now();
    if (now - this.#lastSaid < LEAST_MS) return;
    this.#lastSaid = now;
    const { pan, tilt, zoom } = this.#wish;
    this.#send({ type: "move", pan, tilt, zoom, take: this.#take });
  }

  #send(message: object): void {
    if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(message));
  }

  #set(change: Partial<HandState>): void {
    this.#state = { ...this.#state, ...change };
    this.#options.onState(this.#state);
  }

  #open(): void {
    const url = new URL(this.#options.path, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const connect = this.#options.connect ?? ((address) => new WebSocket(address));
    const socket = connect(url.href);
    this.#socket = socket;
    socket.onopen = () => {
      this.#attempt = 0;
      this.#set({ connected: true });
    };
    socket.onmessage = (event: MessageEvent<unknown>) => {
      if (typeof event.data === "string") this.#heard(event.data);
    };
    socket.onclose = () => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      this.stop();
      this.#set({ connected: false, heldBy: null, mine: false });
      if (this.#closed) return;
      this.#retry = setTimeout(() => {
        this.#open();
      }, retryDelayMs(this.#attempt++));
    };
  }

  #heard(text: string): void {
    const message = JSON.parse(text) as HeldMessage | TroubleMessage;
    if (message.type === "trouble") {
      this.#options.onTrouble(message.detail);
      // Whoever still leans on the key must press it again.
      this.stop();
      return;
    }
    if (message.mine) this.#take = false;
    else if (message.by !== null && !this.#take) this.stop();
    this.#set({ heldBy: message.by, mine: message.mine });
  }
}

/** Between two messages, however wildly the pointer moves; the next beat tells the rest. */
const LEAST_MS = 60;
