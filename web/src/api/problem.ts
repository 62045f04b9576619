/** What the server, or the way to it, said instead of an answer. */

export class ApiError extends Error {
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** Such as `conflict`, from the problem's type. */
  readonly kind: string;
  readonly fields: readonly { field: string; message: string }[];
  /** What a reason is asked for, where `kind` is `reason-asked`. */
  readonly act: string;

  constructor(
    status: number,
    kind: string,
    detail: string,
    fields: readonly { field: string; message: string }[] = [],
    act = "",
  ) {
    super(detail);
    this.status = status;
    this.kind = kind;
    this.fields = fields;
    this.act = act;
  }
}

interface ProblemBody {
  type?: unknown;
  detail?: unknown;
  errors?: unknown;
  act?: unknown;
}

const PREFIX = "urn:vedette:problem:";

/** Reads RFC 9457 problem details; whatever else came still becomes one sentence. */
export async function problemOf(response: Response): Promise<ApiError> {
  let body: ProblemBody = {};
  try {
    body = (await response.json()) as ProblemBody;
  } catch {
    // A proxy's own error page, most likely.
  }
  const detail =
    typeof body.detail === "string"
      ? sentence(body.detail)
      : `The server answered ${String(response.status)}. Try again; if it stays so, look into its log.`;
  const kind = typeof body.type === "string" ? body.type.replace(PREFIX, "") : "http";
  const fields = Array.isArray(body.errors)
    ? (body.errors as { field: string; message: string }[])
    : [];
  const act = typeof body.act === "string" ? body.act : "";
  return new ApiError(response.status, kind, detail, fields, act);
}

/** The server's sentences begin small and without a full stop. */
export function sentence(text: string): string {
  if (text === "") return text;
  const full = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(full) ? full : `${full}.`;
}

/** Whatever was thrown, as a sentence for people. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
