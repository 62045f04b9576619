import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  afterAsking,
  cameraOf,
  candidate,
  changed,
  freeName,
  mainOf,
  outcomeWords,
  pooled,
  remarks,
} from "../src/adding/batch";
import { applied, firstChoice, fitting } from "../src/adding/templates";
import type { CameraTemplate, Device, NewCamera, Probe, Profile } from "../src/api/types";

const DEVICE: Device = { address: "http://h/onvif", name: "Eye", hardware: "E1", location: "" };
const profile = (role: "main" | "sub" | null, address: string): Profile => ({
  name: address,
  address,
  codec: "h264",
  width: 1,
  height: 1,
  frame_rate: 25,
  role,
});
const PROBE: Probe = {
  make: "Acme",
  model: "Eye",
  firmware: "",
  serial: "",
  clock_offset_us: 0,
  onvif_address: "http://h/onvif",
  profiles: [profile("sub", "rtsp://h/sub"), profile("main", "rtsp://h/main")],
  snapshot_jpeg_base64: null,
  warnings: [],
};
const SAME = { username: "root", password: "x", site: "s1" };

describe("asking many", () => {
  it("never asks more than so many at once, and each once", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(20), fc.integer({ min: 1, max: 5 }), async (count, atOnce) => {
        const items = Array.from({ length: count }, (_, index) => index);
        const done: number[] = [];
        let [now, most] = [0, 0];
        await pooled(items, atOnce, async (item) => {
          most = Math.max(most, ++now);
          await Promise.resolve();
          now--;
          done.push(item);
        });
        expect(done.sort((a, b) => a - b)).toEqual(items);
        expect(most).toBeLessThanOrEqual(atOnce);
      }),
    );
  });

  it("finds a camera that may be added, or says in words why not", () => {
    expect(afterAsking(candidate(DEVICE), PROBE, new Set())).toMatchObject({
      step: "found",
      chosen: true,
      name: "Acme Eye",
    });
    const refused = { ...PROBE, profiles: [], warnings: ["the password was refused"] };
    expect(afterAsking(candidate(DEVICE), refused, new Set())).toMatchObject({
      step: "failed",
      chosen: false,
      problem: "The password was refused.",
    });
    expect(mainOf({ ...PROBE, profiles: [profile(null, "rtsp://h/x")] })).toBe("rtsp://h/x");
  });

  it("gives every camera a name of its own", () => {
    const taken = new Set(["Acme Eye", "Acme Eye 2"]);
    expect(freeName(candidate(DEVICE), PROBE, taken)).toBe("Acme Eye 3");
    const placed = candidate({ ...DEVICE, location: "North gate" });
    expect(freeName(placed, PROBE, taken)).toBe("North gate");
  });

  it("tells a wrong clock in plain words, once", () => {
    const warnings = ["the camera's clock is 4 minutes behind; give it a time server", "no sub"];
    expect(remarks({ ...PROBE, clock_offset_us: -240e6, warnings })).toEqual([
      "The camera's clock is 4 min behind.",
      "No sub.",
    ]);
    expect(remarks(PROBE)).toEqual([]);
  });
});

describe("adding many", () => {
  it("sends the same credentials and site with each, and its own streams", () => {
    const found = afterAsking(candidate(DEVICE), PROBE, new Set());
    expect(cameraOf(found, SAME)).toEqual({
      name: "Acme Eye",
      address: "rtsp://h/main",
      sub_address: "rtsp://h/sub",
      make: "Acme",
      model: "Eye",
      onvif_address: "http://h/onvif",
      username: "root",
      password: "x",
      site: "s1",
    });
    expect(cameraOf({ ...found, name: " " }, SAME)).toBeNull();
    expect(cameraOf(candidate(DEVICE), SAME)).toBeNull();
    const bare = cameraOf(found, { username: "", password: "", site: "" });
    expect(bare).not.toHaveProperty("username");
  });

  it("says how many came through", () => {
    const found = afterAsking(candidate(DEVICE), PROBE, new Set());
    const other = { ...found, device: { ...DEVICE, address: "http://i/" } };
    const all = changed([found, other], "http://i/", { problem: "The name is taken." });
    expect(outcomeWords(changed(all, DEVICE.address, { step: "added" }))).toBe(
      "1 added, 1 could not be added",
    );
  });
});

describe("templates", () => {
  const template = (name: string, make: string, model: string): CameraTemplate =>
    ({
      id: name,
      name,
      make,
      model,
      policy: { mode: "event" },
      transport: "udp",
      use_sub: false,
      site: "s2",
    }) as unknown as CameraTemplate;
  const all = [
    template("Any", "", ""),
    template("Acme", "ACME", ""),
    template("Eyes", "Acme", "Eye"),
  ];

  it("fit by make and model, whatever the case, the most particular first", () => {
    expect(fitting(all, "Acme", "eye ").map((one) => one.name)).toEqual(["Eyes", "Acme", "Any"]);
    expect(fitting(all, "Other", "Eye").map((one) => one.name)).toEqual(["Any"]);
    expect(firstChoice(all, "Acme", "Dome")?.name).toBe("Acme");
    expect(firstChoice(all, "Other", "Dome")).toBeNull();
  });

  it("set what they say and leave the rest", () => {
    const camera: NewCamera = { name: "A", address: "rtsp://h/", sub_address: "rtsp://h/s" };
    expect(applied(camera, all[2] ?? null)).toEqual({
      name: "A",
      address: "rtsp://h/",
      policy: { mode: "event" },
      transport: "udp",
      site: "s2",
    });
    expect(applied({ ...camera, site: "s1" }, all[0] ?? null).site).toBe("s1");
    expect(applied(camera, null)).toBe(camera);
  });
});
