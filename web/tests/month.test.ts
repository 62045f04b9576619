import { expect, test } from "vitest";

import { isIn, midnightOf, monthBy, weeksOf } from "../src/timeline/month";

test("a month is whole weeks that begin on Monday and hold each of its days once", () => {
  for (let n = 0; n < 480; n++) {
    const month = monthBy({ year: 2000, month: 1 }, n);
    const weeks = weeksOf(month);
    const days = weeks.flat();
    expect(weeks.every((week) => new Date(midnightOf(week[0] ?? "")).getUTCDay() === 1)).toBe(true);
    expect(weeks.every((week) => week.length === 7)).toBe(true);
    const mine = days.filter((day) => isIn(day, month));
    const length = new Date(Date.UTC(month.year, month.month, 0)).getUTCDate();
    expect(mine).toHaveLength(length);
    expect(new Set(days).size).toBe(days.length);
    expect(isIn(weeks[0]?.[6] ?? "", month) && isIn(weeks.at(-1)?.[0] ?? "", month)).toBe(true);
  }
});

test("months follow each other over the years", () => {
  expect(monthBy({ year: 2026, month: 12 }, 1)).toEqual({ year: 2027, month: 1 });
  expect(monthBy({ year: 2026, month: 1 }, -1)).toEqual({ year: 2025, month: 12 });
});
