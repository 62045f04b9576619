/** One WebSocket that says what changed; it comes back by itself. */

import { retryDelayMs } from "../media/backoff";

export interface UpdatesOptions<Message> {
  readonly path: string;
  readonly onMessage: (message: Message) => void;
  /** `true` after each connection: whatever happened in between was missed. */
  readonly onConnected: (connected: boolean) => void;
  /** Replaced in tests. */
  readonly connect?: (url: string) => WebSocket;
}

export class Updates<Message> {
  readonly #options: UpdatesOptions<Message>;
  #socket: WebSocket | null = null;
  #attempt = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(options: UpdatesOptions<Message>) {
    this.#options = options;
    this.#open();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  /** Tries at once instead of after the pause; for a network that came back. */
  hurry(): void {
    if (this.#closed || this.#socket) return;
    clearTimeout(this.#retry);
    this.#attempt = 0;
    this.#open();
  }

  #open(): void {
    const url = new URL(this.#options.path, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const connect = this.#options.connect ?? ((address) => new WebSocket(address));
    const socket = connect(url.href);
    this.#socket = socket;
    socket.onopen = () => {
      this.#attempt = 0;
      this.#options.onConnected(true);
    };
    socket.onmessage = (event: MessageEvent<unknown>) => {
      if (typeof event.data !== "string") return;
      this.#options.onMessage(JSON.parse(event.data) as Message);
    };
    socket.onclose = () => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      this.#options.onConnected(false);
      this.#retry = setTimeout(() => {
        this.#open();
      }, retryDelayMs(this.#attempt++));
    };
  }
}
