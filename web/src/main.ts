import "./app.css";
// They must be there before the messages are loaded, and those before any file that says something.
import "./locales/main.loader.js";
import "./locales/script.loader.js";

import { beginLanguage } from "./state/language";

await beginLanguage();
const { begin } = await import("./begin");
begin();
