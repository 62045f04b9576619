// Fails when src/api/schema.d.ts is not what docs/reference/openapi.json says today.
import { readFile } from "node:fs/promises";

import openapiTS, { astToString } from "openapi-typescript";
import { format, resolveConfig } from "prettier";

const document = new URL("../../docs/reference/openapi.json", import.meta.url);
const types = new URL("../src/api/schema.d.ts", import.meta.url);

const style = await resolveConfig(types);
const wanted = await format(astToString(await openapiTS(document)), {
  ...style,
  parser: "typescript",
});
const banner = /^\/\*\*[\s\S]*?\*\/\s*/;
const have = await readFile(types, "utf8").catch(() => "");
if (have.replace(banner, "").trim() !== wanted.replace(banner, "").trim()) {
  process.stderr.write(
    "src/api/schema.d.ts differs from docs/reference/openapi.json; run: npm run api\n",
  );
  process.exit(1);
}
