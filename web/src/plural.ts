/** Phrases that change with a number. */

/** Which form English takes; each language's message file brings its own rule. */
const english = (count: number): number => (count === 1 ? 0 : 1);

/**
 * The form of a phrase that fits a number.
 *
 * @param forms One form for each that the language knows; `#` stands for the number. Write the two
 *   English ones, in place: the build puts the reader's language there, and its rule.
 */
export function plural(
  count: number,
  forms: readonly string[],
  rule: (count: number) => number = english,
): string {
  return (forms[rule(count)] ?? forms[0] ?? "").replace("#", String(count));
}
