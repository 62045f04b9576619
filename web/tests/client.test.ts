import { describe, expect, test } from "vitest";

import { address, Client } from "../src/api/client";
import { ApiError, sentence } from "../src/api/problem";
import { FootageGone } from "../src/media/known-footage";

interface Asked {
  url: string;
  init: RequestInit;
}

/** A server that answers everything with one thing and remembers what it was asked. */
function serverOf(answer: () => Response): { client: Client; asked: Asked[] } {
  const asked: Asked[] = [];
  const fetcher = (url: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    asked.push({ url: url instanceof Request ? url.url : url.toString(), init });
    return Promise.resolve(answer());
  };
  return { client: new Client(fetcher), asked };
}

const json = (body: unknown, status = 200): Response =>
  new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/problem+json" },
  });

test("addresses carry their query, lists repeated, absent values left out", () => {
  expect(address("/footage", { camera: ["a", "b"], stream: "main", limit: undefined })).toBe(
    "/api/v1/footage?camera=a&camera=b&stream=main",
  );
});

describe("failures are sentences", () => {
  test("from the server's problem", async () => {
    const problem = { type: "urn:vedette:problem:conflict", detail: "the name Gate is taken" };
    const { client } = serverOf(() => json(problem, 409));
    const error: unknown = await client.cameras().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      status: 409,
      kind: "conflict",
      message: "The name Gate is taken.",
    });
  });
  test("from a proxy's page", async () => {
    const { client } = serverOf(() => new Response("<h1>Bad gateway</h1>", { status: 502 }));
    await expect(client.cameras()).rejects.toThrow("The server answered 502.");
  });
  test("from no answer at all", async () => {
    const client = new Client(() => Promise.reject(new TypeError("fetch failed")));
    await expect(client.cameras()).rejects.toThrow("Vedette does not answer.");
  });
});

test("nobody signed in is told to the page, except while asking who is", async () => {
  const { client } = serverOf(() => json({ detail: "sign in" }, 401));
  let told = 0;
  client.onSignedOut = () => {
    told += 1;
  };
  expect(await client.session()).toBeNull();
  expect(told).toBe(0);
  await expect(client.cameras()).rejects.toThrow();
  expect(told).toBe(1);
});

describe("the clock", () => {
  test("is the browser's when both agree", async () => {
    const { client } = serverOf(
      () => new Response("{}", { headers: { date: new Date().toUTCString() } }),
    );
    await client.storage();
    expect(Math.abs(client.nowUs() - Date.now() * 1000)).toBeLessThan(50_000);
  });
  test("is the server's when the browser's is wrong", async () => {
    const ahead = Date.now() + 3_600_000;
    const { client } = serverOf(
      () => new Response("{}", { headers: { date: new Date(ahead).toUTCString() } }),
    );
    await client.storage();
    expect(Math.abs(client.nowUs() - ahead * 1000)).toBeLessThan(2e6);
  });
});

describe("footage", () => {
  const signal = new AbortController().signal;
  const source = (answer: () => Response) => {
    const { client, asked } = serverOf(answer);
    return { source: client.source("c", "main"), asked };
  };
  test("is asked for by range", async () => {
    const one = source(() => new Response(new Uint8Array(10), { status: 206 }));
    expect(await one.source.bytes(5, 100, 10, signal)).toHaveLength(10);
    expect(one.asked[0]?.url).toBe("/api/v1/cameras/c/segments/5/media?stream=main");
    expect(one.asked[0]?.init.headers).toMatchObject({ Range: "bytes=100-109" });
  });
  test("is cut out when a proxy sends the whole file", async () => {
    const file = Uint8Array.from({ length: 200 }, (_, at) => at);
    const one = source(() => new Response(file, { status: 200 }));
    expect([...(await one.source.bytes(5, 100, 3, signal))]).toEqual([100, 101, 102]);
  });
  test("that was erased meanwhile is told apart from trouble", async () => {
    const gone = source(() => json({ detail: "there is no such segment" }, 404));
    await expect(gone.source.bytes(5, 0, 1, signal)).rejects.toBeInstanceOf(FootageGone);
    const short = source(() => new Response(new Uint8Array(4), { status: 206 }));
    await expect(short.source.bytes(5, 0, 9, signal)).rejects.toThrow("ends before");
  });
});

test("the server's words become sentences once", () => {
  expect(sentence("wait 3 s")).toBe("Wait 3 s.");
  expect(sentence("Wait!")).toBe("Wait!");
  expect(sentence("")).toBe("");
});

describe("a reason that the organisation asks for", () => {
  const asks = { type: "urn:vedette:problem:reason-asked", detail: "say why", act: "replay" };

  test("is got from the person, and the server asked again", async () => {
    let told = false;
    const { client, asked } = serverOf(() => (told ? json({ cameras: [] }) : json(asks, 428)));
    client.onReasonAsked = (act) => {
      expect(act).toBe("replay");
      told = true;
      return Promise.resolve(true);
    };
    expect(await client.cameras()).toEqual([]);
    expect(asked).toHaveLength(2);
  });

  test("is found out about without asking the person", async () => {
    const { client } = serverOf(() => json(asks, 428));
    client.onReasonAsked = () => Promise.reject(new Error("nobody is to be asked"));
    expect(await client.reasonAsked("/cameras/a/thumbnail.jpg", {})).toBe("replay");
    const gone = serverOf(() => json({}, 404));
    expect(await gone.client.reasonAsked("/cameras/a/thumbnail.jpg", {})).toBe("");
    const fine = serverOf(() => new Response("picture"));
    expect(await fine.client.reasonAsked("/cameras/a/thumbnail.jpg", {})).toBe("");
  });

  test("is no reason to try again when none is given", async () => {
    const { client, asked } = serverOf(() => json(asks, 428));
    await expect(client.cameras()).rejects.toMatchObject({ status: 428, act: "replay" });
    expect(asked).toHaveLength(1);
  });
});
