/** Which recorded stream a tile replays, as the moment and the tile's size change. */

import { untrack } from "svelte";

import type { Camera, StreamRole } from "../api/types";
import { SMALL_TILE_PX } from "../media/decide";
import { chooseReplayRole, type Held, JOIN_US, RecordedStreams } from "../media/recorded";
import { canPlayCodec } from "../media/sink";
import type { ReplaySession } from "./replay-session.svelte";
import { site } from "./site.svelte";

const NEVER = new AbortController().signal;
let changes = $state(0);

const recorded = new RecordedStreams({
  ask: (cameras, role, startUs, endUs) =>
    site.client.footage(cameras, role, { startUs, endUs, resolutionUs: JOIN_US }, NEVER),
  nowUs: () => site.client.nowUs(),
  onChange: () => {
    changes++;
  },
});
site.onFootage((news) => {
  recorded.grew(news);
});
site.onNews((message) => {
  if (message === null) recorded.doubt();
});

export class ReplayRole {
  /** null while nobody knows. */
  current = $state<StreamRole | null>(null);

  /** @param widthPx Of the tile. */
  constructor(
    camera: () => Pick<Camera, "id" | "streams" | "health">,
    session: ReplaySession,
    widthPx: () => number,
  ) {
    $effect.pre(() => {
      void changes;
      const { id, streams, health } = camera();
      const us = session.positionUs;
      const shown = untrack(() => this.current);
      if (us === null || (session.scrubbing && shown !== null)) return;
      if (!streams.sub) {
        this.current = "main";
        return;
      }
      recorded.want(id, us);
      const held = recorded.at(id, us);
      const offer = (role: StreamRole, of: Held) => ({
        held: of,
        playable: canPlayCodec(health[role]?.video_codec ?? ""),
      });
      if (held) {
        this.current = chooseReplayRole({
          tileWidthPx: widthPx(),
          main: offer("main", held.main),
          sub: offer("sub", held.sub),
          shown,
        });
        // A small tile waits until it is known what was recorded; a large one begins with main.
      } else if (widthPx() > SMALL_TILE_PX && shown === null) this.current = "main";
    });
  }
}
