// Keeps what a person is writing, so that a closed tab or a failed send costs nothing.
import { FORM_FIELDS } from "../db/review.ts";

const KEY = "hearback:draft";
const FIELDS = [...FORM_FIELDS, "uid"];

/** Remembers the fields of `form`. Storage may be full, forbidden or absent; then there is no draft. */
export function saveDraft(form: HTMLFormElement): void {
  const data = new FormData(form);
  attempt(() => localStorage.setItem(KEY, JSON.stringify(FIELDS.map((name) => [name, data.get(name) ?? ""]))));
}

/** Puts the draft, if there is one, into `form`; the uid comes along, so that a send whose answer was lost is not doubled. */
export function restoreDraft(form: HTMLFormElement): void {
  attempt(() => {
    const draft: [name: string, value: string][] = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    for (const [name, value] of draft) {
      const field = form.elements.namedItem(name);
      if (value !== "" && field !== null) (field as RadioNodeList | HTMLInputElement).value = value;
    }
  });
}

/** Forgets the draft, once it is stored. */
export function clearDraft(): void {
  attempt(() => localStorage.removeItem(KEY));
}

function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // Without storage the form works all the same.
  }
}
