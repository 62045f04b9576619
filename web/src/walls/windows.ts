/** A second window for a second monitor. Plain: works on whatever the browser offers. */

export interface Place {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** As the Window Management API describes a monitor. */
export interface Monitor {
  readonly availLeft: number;
  readonly availTop: number;
  readonly availWidth: number;
  readonly availHeight: number;
}

export type Opened = "placed" | "one-monitor" | "not-placed" | "blocked";

/** The first monitor that is not the one on which the page is; null when there is no other. */
export function otherMonitor(monitors: readonly Monitor[], current: Monitor | null): Place | null {
  const other = monitors.find((one) => one !== current);
  if (!other || monitors.length < 2) return null;
  return {
    left: other.availLeft,
    top: other.availTop,
    width: other.availWidth,
    height: other.availHeight,
  };
}

/** What to do by hand, after what the browser did. */
export function openedWords(opened: Opened): string {
  switch (opened) {
    case "placed":
      return "The wall is on the other monitor. Press F there for full screen.";
    case "one-monitor":
      return "This computer has one monitor. Move the new window where you want it; F is full screen.";
    case "not-placed":
      return "Drag the new window to the other monitor, then press F there for full screen.";
    case "blocked":
      return "The browser blocked the window. Allow pop-ups for this address, then try again.";
  }
}

interface ScreenDetails {
  readonly screens: readonly Monitor[];
  readonly currentScreen: Monitor;
}

interface ManagedWindow {
  open: (url: string, target: string, features: string) => Window | null;
  readonly getScreenDetails?: () => Promise<ScreenDetails>;
  readonly screen: Pick<Screen, "availWidth" | "availHeight">;
}

/**
 * Opens a window of its own, and moves it to the other monitor where the browser may.
 *
 * The window is opened before the browser asks for leave: one that opens after the question counts
 * as a pop-up that nobody asked for.
 */
export async function openWindow(address: string, host: ManagedWindow): Promise<Opened> {
  const width = Math.round(host.screen.availWidth * 0.8);
  const height = Math.round(host.screen.availHeight * 0.8);
  const size = `popup,width=${String(width)},height=${String(height)}`;
  // A new one each time: two windows of the same wall are nobody's mistake.
  const opened = host.open(address, "_blank", size);
  if (!opened) return "blocked";
  if (!host.getScreenDetails) return "not-placed";
  try {
    const details = await host.getScreenDetails();
    const place = otherMonitor(details.screens, details.currentScreen);
    if (!place) return "one-monitor";
    opened.moveTo(place.left, place.top);
    opened.resizeTo(place.width, place.height);
    return "placed";
  } catch {
    return "not-placed"; // the person said no
  }
}
