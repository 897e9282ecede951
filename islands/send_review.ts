// Sends the form and turns every way that can go wrong into words for the person who waits.
import type { FieldError } from "../db/app_error.ts";
import type { Review } from "../db/review.ts";

/** What came of sending. */
export type Sent = { ok: true; review: Review } | { ok: false; message: string; errors: FieldError[] };

const TIME_LIMIT_MS = 20_000;

/** Sends `form` as it stands; never throws. */
export async function sendReview(form: HTMLFormElement): Promise<Sent> {
  try {
    const response = await fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(new FormData(form) as unknown as Record<string, string>),
      headers: { Accept: "application/json" },
      signal: AbortSignal.timeout(TIME_LIMIT_MS),
    });
    const answer = await response.json();
    if (response.ok) return { ok: true, review: answer };
    return { ok: false, message: answer.detail, errors: answer.errors ?? [] };
  } catch {
    const reason = navigator.onLine ? "The server did not answer" : "You seem to be offline";
    return { ok: false, message: `${reason}. Your text is kept here; please send it again in a moment`, errors: [] };
  }
}
