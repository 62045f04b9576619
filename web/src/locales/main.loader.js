import { registerLoaders } from "wuchale/load-utils";

import { loadCatalog, loadIDs } from "./.wuchale/main.proxy.js";

/** The messages of the Svelte files, in the language that was loaded. */
export const getRuntime = registerLoaders("main", loadCatalog, loadIDs);
export const getRuntimeRx = getRuntime;
