/** The page's one store of small pictures. */

import { Thumbnails } from "../media/thumbnails";
import { site } from "./site.svelte";

const WIDTH_PX = 320;

/** Pictures as addresses for `<img>`. */
export const pictures = new Thumbnails<string>({
  load: async (camera, atUs, signal) => {
    const jpeg = await site.client.thumbnail(camera, atUs, WIDTH_PX, signal);
    if (!jpeg) throw new Error("There is no footage at that moment.");
    return URL.createObjectURL(jpeg);
  },
  release: (address) => {
    URL.revokeObjectURL(address);
  },
});
