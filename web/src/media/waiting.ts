/** Waiting that an AbortSignal ends. */

/** Wakes whoever waits. */
export class Bell {
  readonly #waiting = new Set<() => void>();

  ring(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  heard(signal: AbortSignal): Promise<void> {
    return new Promise((wake) => {
      if (signal.aborted) {
        wake();
        return;
      }
      this.#waiting.add(wake);
      signal.addEventListener(
        "abort",
        () => {
          this.#waiting.delete(wake);
          wake();
        },
        { once: true },
      );
    });
  }
}

/** Resolves after a while, or at once when aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        done();
      },
      { once: true },
    );
  });
}
