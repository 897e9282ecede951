// Sends the form and turns every way that can go wrong into words for the person who waits.
import type { FieldError } from "../db/app_error.ts";
import type { Review } from "../db/review.ts";

/** What came of sending; `failure` says why it failed where no field is at fault. */
export type Sent = { ok: true; review: Review } | { ok: false; failure: string | null; errors: FieldError[] };

const TIME_LIMIT_MS = 20_000;

/** Sends `form` as it stands; never throws. */
export async function sendReview(form: HTMLFormElement): Promise<Sent> {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) body.append(name, String(value));
  try {
    const response = await fetch(form.action, {
      method: "POST",
      body,
      headers: { Accept: "application/json" },
      signal: AbortSignal.timeout(TIME_LIMIT_MS),
    });
    const answer = await response.json();
    if (response.ok) return { ok: true, review: answer };
    const errors: FieldError[] = answer.errors ?? [];
    return { ok: false, failure: errors.length > 0 ? null : answer.detail, errors };
  } catch {
    const failure = navigator.onLine
      ? "The server did not answer. Your text is kept here; please send it again in a moment"
      : "You seem to be offline. Your text is kept here; please send it again when you are back";
    return { ok: false, failure, errors: [] };
  }
}
