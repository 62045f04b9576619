import { registerLoaders } from "wuchale/load-utils";

import { loadCatalog, loadIDs } from "./.wuchale/script.proxy.js";

/** The messages of the TypeScript files, in the language that was loaded. */
export const getRuntime = registerLoaders("script", loadCatalog, loadIDs);
export const getRuntimeRx = getRuntime;
