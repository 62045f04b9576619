/** Passkeys between the browser's own objects and JSON (Web Authentication Level 3, 5.1.8 to 5.1.10).
 *
 * Browsers can do this by themselves since 2024 or 2025; those of older telephones cannot.
 */

type Json = Readonly<Record<string, unknown>>;

/** What went wrong while the person and the browser were at it, as a sentence. */
export class PasskeyError extends Error {}

export function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function textOf(bytes: ArrayBuffer): string {
  const text = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join("");
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The server's options for a new passkey, as the browser takes them. */
export function creationOf(options: Json): PublicKeyCredentialCreationOptions {
  const user = options["user"] as Json;
  return {
    ...options,
    challenge: bytesOf(options["challenge"] as string),
    user: { ...user, id: bytesOf(user["id"] as string) },
    excludeCredentials: descriptorsOf(options["excludeCredentials"]),
  } as unknown as PublicKeyCredentialCreationOptions;
}

/** The server's options for a sign-in, as the browser takes them. */
export function requestOf(options: Json): PublicKeyCredentialRequestOptions {
  return {
    ...options,
    challenge: bytesOf(options["challenge"] as string),
    allowCredentials: descriptorsOf(options["allowCredentials"]),
  } as PublicKeyCredentialRequestOptions;
}

function descriptorsOf(list: unknown): PublicKeyCredentialDescriptor[] {
  return ((list ?? []) as Json[]).map(
    (one) =>
      ({ ...one, id: bytesOf(one["id"] as string) }) as unknown as PublicKeyCredentialDescriptor,
  );
}

/** The browser's answer as JSON. */
export function answerOf(credential: PublicKeyCredential): Json {
  const response = credential.response as AuthenticatorAttestationResponse &
    AuthenticatorAssertionResponse;
  const parts: Record<string, string> = { clientDataJSON: textOf(response.clientDataJSON) };
  // The types promise all of them; each kind of answer has its own only.
  const optional = response as Partial<
    Record<"attestationObject" | "authenticatorData" | "signature", ArrayBuffer>
  > & { readonly userHandle?: ArrayBuffer | null };
  if (optional.attestationObject) parts["attestationObject"] = textOf(optional.attestationObject);
  else {
    if (optional.authenticatorData) parts["authenticatorData"] = textOf(optional.authenticatorData);
    if (optional.signature) parts["signature"] = textOf(optional.signature);
    if (optional.userHandle) parts["userHandle"] = textOf(optional.userHandle);
  }
  return {
    id: credential.id,
    rawId: textOf(credential.rawId),
    type: credential.type,
    response: parts,
    clientExtensionResults: {},
  };
}

/** Asks the person for a new passkey. */
export function makePasskey(options: Json): Promise<Json> {
  return asked(() => navigator.credentials.create({ publicKey: creationOf(options) }));
}

/** Asks the person to use one. */
export function usePasskey(options: Json): Promise<Json> {
  return asked(() => navigator.credentials.get({ publicKey: requestOf(options) }));
}

async function asked(ask: () => Promise<Credential | null>): Promise<Json> {
  try {
    const credential = await ask();
    if (credential) return answerOf(credential as PublicKeyCredential);
  } catch (error) {
    throw new PasskeyError(passkeyWords(error instanceof Error ? error.name : ""));
  }
  throw new PasskeyError(passkeyWords(""));
}

/** What the browser's reason means to a person. */
export function passkeyWords(reason: string): string {
  switch (reason) {
    case "NotAllowedError":
    case "AbortError":
      return "No passkey was used. Try again, or use another way.";
    case "InvalidStateError":
      return "This device has a passkey for this account already.";
    case "SecurityError":
      return "The browser allows no passkeys under this address. Open Vedette under its own name.";
    case "NotSupportedError":
      return "This browser or device cannot make such a passkey. Use another one.";
    default:
      return "The browser could not use a passkey. Try again, or use another way.";
  }
}
