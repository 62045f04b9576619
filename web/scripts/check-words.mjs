// Fails when src/locales/*.po do not hold what the source says today, or when a translation has other
// places for values than its source. What is not translated yet is shown in English, and counted.
import { readFile, stat } from "node:fs/promises";

import { getConfig, Hub } from "wuchale";

const readOnly = {
  read: (file) => readFile(file, "utf8").catch(() => null),
  exists: (file) =>
    stat(file).then(
      () => true,
      () => false,
    ),
  write: async () => undefined,
  mkdir: async () => undefined,
  unlink: async () => undefined,
};

const config = await getConfig();
const hub = await Hub.create("cli", () => ({ ...config, logLevel: "error" }), ".", 0, readOnly);
const { errors, syncs } = await hub.check(true);
const wrong = errors.filter(({ type, source, translation }) => {
  if (translation.every((form) => form === "")) return false;
  // A plural has as many forms as its language knows, not as many as English.
  return type !== "unequalLength" || source.length === 1;
});
for (const { locale, source, translation } of wrong) {
  process.stderr.write(
    `${locale}.po: "${translation}" does not fit "${source}": look at the {0}, <0/>\n`,
  );
}
if (syncs.length > 0) {
  process.stderr.write("src/locales/*.po are not up to date; run: npm run words\n");
}
for (const { storage } of await hub.status()) {
  for (const { locale, untranslated } of storage.details ?? []) {
    if (untranslated === 0) continue;
    process.stdout.write(
      `${locale}.po: ${untranslated} of ${storage.total} messages have no translation\n`,
    );
  }
}
if (wrong.length > 0 || syncs.length > 0) process.exit(1);
