/** The one clock of the wall: every tile that replays follows it. */

import { addressOf } from "./moments";
import { ReplaySession } from "./replay-session.svelte";
import { route } from "./route.svelte";

export const wallReplay = new ReplaySession((us) => {
  // A person may have left for another page while a drag ended.
  if (route.path === "/" || route.path.startsWith("/wall/")) {
    route.replace(addressOf(route.path, us));
  }
});
