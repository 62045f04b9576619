/** Light, dark, or whatever the device prefers; remembered in this browser. */

export type Theme = "system" | "light" | "dark";

const KEY = "vedette.theme";

function stored(): Theme {
  try {
    const text = localStorage.getItem(KEY);
    return text === "light" || text === "dark" ? text : "system";
  } catch {
    return "system";
  }
}

class ThemeChoice {
  choice = $state<Theme>(stored());
  readonly #prefersDark = matchMedia("(prefers-color-scheme: dark)");
  systemDark = $state(this.#prefersDark.matches);

  constructor() {
    this.#prefersDark.addEventListener("change", (event) => {
      this.systemDark = event.matches;
    });
    this.#apply();
  }

  get dark(): boolean {
    return this.choice === "dark" || (this.choice === "system" && this.systemDark);
  }

  toggle(): void {
    this.choice = this.dark ? "light" : "dark";
    try {
      localStorage.setItem(KEY, this.choice);
    } catch {
      // A private window: the choice lasts as long as the page.
    }
    this.#apply();
  }

  #apply(): void {
    if (this.choice === "system") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = this.choice;
    // The bar above the page, which belongs to the device, follows.
    for (const bar of document.querySelectorAll<HTMLMetaElement>("meta[name=theme-color]")) {
      const of = bar.dataset["of"] ?? "";
      if (this.choice === "system") bar.media = `(prefers-color-scheme: ${of})`;
      else bar.media = of === this.choice ? "all" : "not all";
    }
  }
}

export const theme = new ThemeChoice();
