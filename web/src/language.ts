/** Which languages there are, and which one somebody gets. Pure. */

export interface Tongue {
  /** Its name in itself. */
  readonly name: string;
  readonly dir: "ltr" | "rtl";
}

export const LANGUAGES = {
  en: { name: "English", dir: "ltr" },
  ar: { name: "العربية", dir: "rtl" },
} as const satisfies Readonly<Record<string, Tongue>>;

export type Language = keyof typeof LANGUAGES;

export function isLanguage(text: string | null): text is Language {
  return text !== null && Object.hasOwn(LANGUAGES, text);
}

/**
 * The language to show.
 *
 * @param chosen What was chosen before; anything else than a known language counts as nothing.
 * @param wanted What the browser asks for, best first, such as `ar-EG`.
 */
export function preferred(chosen: string | null, wanted: readonly string[]): Language {
  if (isLanguage(chosen)) return chosen;
  for (const one of wanted) {
    const base = one.toLowerCase().split("-")[0] ?? "";
    if (isLanguage(base)) return base;
  }
  return "en";
}
