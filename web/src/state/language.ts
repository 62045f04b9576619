/** The language of the page: chosen in this browser, else what the browser prefers. */

import { loadLocale } from "wuchale/load-utils";

import { type Language, LANGUAGES, preferred } from "../language";

const KEY = "vedette.language";

function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

export const language: Language = preferred(stored(), navigator.languages);

/** Loads the messages and turns the page the way that the language is read. Before the page begins. */
export async function beginLanguage(): Promise<void> {
  document.documentElement.lang = language;
  document.documentElement.dir = LANGUAGES[language].dir;
  await loadLocale(language);
}

/** Keeps a choice and begins the page anew in it. */
export function chooseLanguage(choice: Language): void {
  if (choice === language) return;
  try {
    localStorage.setItem(KEY, choice);
  } catch {
    // A private window forgets it, and then the choice cannot be made.
    return;
  }
  location.reload();
}
