/** What a wall's spot shows: whatever a person or an alarm chose last. Pure. */

export interface SpotChoice {
  readonly camera: string;
  /** Who chose it: whoever watches this wall, or the organisation's alarms and scripts. */
  readonly by: "person" | "alarm";
  /** A few words of whoever chose it from afar; may be empty. */
  readonly reason: string;
  /** Wall time, microseconds. */
  readonly atUs: number;
}

export interface SpotNews {
  readonly camera: string;
  readonly reason: string;
  readonly at_us: number;
}

export function chosenByPerson(camera: string, nowUs: number): SpotChoice {
  return { camera, by: "person", reason: "", atUs: nowUs };
}

/** An alarm takes over, unless a later one has already. */
export function takenOver(before: SpotChoice | null, news: SpotNews): SpotChoice {
  if (before?.by === "alarm" && before.atUs > news.at_us) return before;
  return { camera: news.camera, by: "alarm", reason: news.reason, atUs: news.at_us };
}
