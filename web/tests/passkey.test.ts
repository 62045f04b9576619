import { describe, expect, test } from "vitest";

import {
  answerOf,
  bytesOf,
  creationOf,
  makePasskey,
  passkeyWords,
  requestOf,
  textOf,
} from "../src/api/passkey";

const bytes = (...values: number[]): ArrayBuffer => Uint8Array.from(values).buffer;

describe("bytes as text", () => {
  test("go there and back, without padding and with the letters of base64url", () => {
    expect(textOf(bytes(0xfb, 0xff, 0xbf))).toBe("-_-_");
    expect(textOf(bytes(1))).toBe("AQ");
    for (let length = 0; length < 9; length++) {
      const some = Uint8Array.from({ length }, (_, at) => (at * 67 + 190) % 256);
      expect(bytesOf(textOf(some.buffer))).toEqual(some);
    }
  });
});

describe("what the server asks", () => {
  test("for a new passkey becomes what the browser takes", () => {
    const options = creationOf({
      challenge: "AQID",
      rp: { id: "localhost", name: "Vedette" },
      user: { id: "BAU", name: "ann", displayName: "ann" },
      excludeCredentials: [{ id: "Bg", type: "public-key" }],
      pubKeyCredParams: [{ type: "public-key", alg: -7 }],
    });
    expect(options.challenge).toEqual(Uint8Array.of(1, 2, 3));
    expect(options.user.id).toEqual(Uint8Array.of(4, 5));
    expect(options.excludeCredentials?.[0]?.id).toEqual(Uint8Array.of(6));
    expect(options.rp.id).toBe("localhost");
  });
  test("for a sign-in names nobody", () => {
    const options = requestOf({ challenge: "AQ", rpId: "localhost", userVerification: "required" });
    expect(options.allowCredentials).toEqual([]);
    expect(options.userVerification).toBe("required");
  });
});

describe("what the browser answers", () => {
  const credential = (response: object): PublicKeyCredential =>
    ({ id: "Bw", rawId: bytes(7), type: "public-key", response }) as unknown as PublicKeyCredential;

  test("to a registration", () => {
    const answer = answerOf(credential({ clientDataJSON: bytes(1), attestationObject: bytes(2) }));
    expect(answer).toEqual({
      id: "Bw",
      rawId: "Bw",
      type: "public-key",
      response: { clientDataJSON: "AQ", attestationObject: "Ag" },
      clientExtensionResults: {},
    });
  });
  test("to a sign-in, with whose it is", () => {
    const answer = answerOf(
      credential({
        clientDataJSON: bytes(1),
        authenticatorData: bytes(2),
        signature: bytes(3),
        userHandle: bytes(4),
      }),
    );
    expect(answer["response"]).toEqual({
      clientDataJSON: "AQ",
      authenticatorData: "Ag",
      signature: "Aw",
      userHandle: "BA",
    });
  });
  test("is a sentence when it has nothing to answer with", async () => {
    expect(passkeyWords("NotAllowedError")).toContain("another way");
    expect(passkeyWords("SecurityError")).toContain("own name");
    expect(passkeyWords("whatever")).toContain("Try again");
    const options = { challenge: "AQ", rp: {}, user: { id: "AQ" } };
    await expect(makePasskey(options)).rejects.toThrow("could not use a passkey");
  });
});
