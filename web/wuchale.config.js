// Which words of the source are messages. `run words` extracts them into src/locales/*.po; the build
// puts each language's translations into a file of its own. The English stays where it is used.
import { adapter as svelte } from "@wuchale/svelte";
import { createHeuristic, defaultHeuristicOpts, defineConfig, pofile } from "wuchale";
import { adapter as script } from "wuchale/adapter-vanilla";

const usual = createHeuristic(defaultHeuristicOpts);

/** Attributes that only the browser reads. */
const MACHINE =
  /^(class|style|d|viewBox|transform|points|href|src|id|for|type|role|rel|pattern|sandbox|autocomplete|accept|inputmode|name|value|data-(?!label$).*|aria-(live|controls|labelledby|describedby|current|haspopup))$/;

/** What only looks like a sentence: keys, names of errors, of shapes, of headers and of media types. */
const CODE =
  /^(Arrow[A-Z]\w+|Enter|Escape|Home|End|Backspace|Delete|Page(Up|Down)|[A-Z]\w*Error|Feature(Collection)?|(Multi)?(Polygon|Point|LineString)|[A-Z][a-z]+(-[A-Z][a-z]+)+|not all|in force|to come|password and code|recovery code|entry link|.*sans-serif)$/;
const SELECTOR = /[[\]=]|^(input|select|textarea)\b/;

/** Calls whose words no person reads. */
const UNREAD =
  /(^|\.)(querySelector(All)?|closest|matches|matchMedia|getContext|addEventListener|test|has|get|startsWith|fetch)$/;

/** A phrase may begin small or with a value, as a part of a line: "not used yet", "# days". */
const PHRASE = /^([a-z][a-z'’-]*,? .*[a-z#]|\d+ [a-z]|#\S* \p{L})/iu;

function heuristic(message) {
  const { scope, call, attribute } = message.details;
  const text = message.msgStr.join("\n");
  if (scope === "attribute" && MACHINE.test(attribute ?? "")) return false;
  if (scope === "script" && (CODE.test(text) || SELECTOR.test(text))) return false;
  if (scope === "script" && call && UNREAD.test(call)) return false;
  if (scope !== "markup" && PHRASE.test(text)) return "message";
  return usual(message);
}

const storage = pofile({ dir: "src/locales" });

// The page is loaded anew when the language changes: a file gets its messages once, at its top, so
// that what it says outside of functions is theirs as well.
const scripts = script({
  files: {
    include: "src/**/*.ts",
    ignore: [
      "**/*.d.ts",
      "src/locales/**",
      "src/installed/**",
      "src/map/style.ts",
      "src/plural.ts",
      "src/language.ts",
      "src/state/language.ts",
    ],
  },
  loader: "custom",
  heuristic,
  storage,
  runtime: { initReactive: () => null, useReactive: false },
});

function transform(context) {
  const { msgs, output } = scripts.transform(context);
  const begin = `const _w_runtime_ = ${context.expr.plain};\n`;
  return { msgs, output: (header) => output(`${header}\n${begin}`) };
}

export default defineConfig({
  locales: ["en", "ar"],
  localesDir: "src/locales",
  adapters: {
    main: svelte({
      files: { include: "src/**/*.svelte", ignore: "src/parts/Icon.svelte" },
      loader: "custom",
      heuristic,
      storage,
      runtime: { initReactive: ({ funcName }) => (funcName ? null : false), useReactive: false },
    }),
    script: { ...scripts, transform },
  },
});
