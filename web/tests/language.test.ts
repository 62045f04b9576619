import { describe, expect, it } from "vitest";

import { preferred } from "../src/language";
import { plural } from "../src/plural";

describe("the language of the page", () => {
  it("is the one that was chosen, whatever the browser prefers", () => {
    expect(preferred("en", ["ar-EG"])).toBe("en");
    expect(preferred("ar", ["en-US"])).toBe("ar");
  });

  it("is the first that the browser asks for and the page knows", () => {
    expect(preferred(null, ["fr-FR", "ar-EG", "en"])).toBe("ar");
    expect(preferred(null, ["AR"])).toBe("ar");
  });

  it("is English where nothing fits", () => {
    expect(preferred(null, ["fr"])).toBe("en");
    expect(preferred("toString", [])).toBe("en");
    expect(preferred("klingon", ["fr"])).toBe("en");
  });
});

describe("phrases that change with a number", () => {
  it("take the English forms as they stand", () => {
    expect(plural(1, ["# day", "# days"])).toBe("1 day");
    expect(plural(0, ["# day", "# days"])).toBe("0 days");
    expect(plural(1.5, ["# day", "# days"])).toBe("1.5 days");
  });

  it("follow the rule of another language", () => {
    const rule = (n: number): number => (n === 0 ? 0 : n === 1 ? 1 : n === 2 ? 2 : 3);
    expect(plural(2, ["none", "one", "two", "# many"], rule)).toBe("two");
    expect(plural(7, ["none", "one", "two", "# many"], rule)).toBe("7 many");
  });

  it("say something even where a form is missing", () => {
    expect(plural(5, ["# day"])).toBe("5 day");
  });
});
