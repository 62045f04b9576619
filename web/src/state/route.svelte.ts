/** Which page is shown, from the address bar. */

class Route {
  path = $state(location.pathname);
  query = $state(new URLSearchParams(location.search));

  /** Asked before another page is shown; true keeps this one. Set by a page with unsaved work. */
  guard: ((address: string) => boolean) | null = null;
  #address = location.pathname + location.search;

  constructor() {
    addEventListener("popstate", () => {
      const to = location.pathname + location.search;
      if (this.guard?.(to)) {
        // The browser has gone back already.
        history.pushState(null, "", this.#address);
        return;
      }
      this.#read();
    });
  }

  /** Goes to another page of the console, remembered by the Back button. */
  go(address: string): void {
    if (this.guard?.(address)) return;
    history.pushState(null, "", address);
    this.#read();
    scrollTo(0, 0);
  }

  /** Changes the address of this page without a step in the history. */
  replace(address: string): void {
    history.replaceState(null, "", address);
    this.#read();
  }

  #read(): void {
    this.#address = location.pathname + location.search;
    this.path = location.pathname;
    this.query = new URLSearchParams(location.search);
  }
}

export const route = new Route();

/** Follows links within the console without loading the page anew. For `onclick` of the shell. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link || link.target || link.origin !== location.origin || link.hasAttribute("download")) {
    return;
  }
  if (link.pathname.startsWith("/api/")) return;
  event.preventDefault();
  route.go(link.pathname + link.search);
}
