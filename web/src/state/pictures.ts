/** The page's one store of small pictures of the organisation's own cameras. */

import { picturesBy } from "../media/thumbnails";
import { site } from "./site.svelte";

export const pictures = picturesBy((camera, atUs, widthPx, signal) =>
  site.client.thumbnail(camera, atUs, widthPx, signal),
);
