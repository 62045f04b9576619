import { expect, test } from "vitest";

import { chosenByPerson, takenOver } from "../src/walls/spot";

test("an alarm takes the spot over from a person and from an older alarm", () => {
  const mine = chosenByPerson("gate", 50);
  const forced = takenOver(mine, { camera: "lobby", reason: "Door forced", at_us: 40 });
  expect(forced).toEqual({ camera: "lobby", by: "alarm", reason: "Door forced", atUs: 40 });
  const late = takenOver(forced, { camera: "yard", reason: "", at_us: 39 });
  expect(late).toBe(forced);
  expect(takenOver(forced, { camera: "yard", reason: "", at_us: 41 }).camera).toBe("yard");
  expect(takenOver(null, { camera: "yard", reason: "", at_us: 1 }).camera).toBe("yard");
});
