// What happens to a review between the request and the disk, the same for the form and the API.
import { createHash } from "node:crypto";
import type { Context } from "@hono/hono";
import { AppError } from "../db/app_error.ts";
import { FORM_FIELDS, type NewReview, parseReview, type Review } from "../db/review.ts";
import type { AddResult } from "../db/store.ts";
import type { AddressLimits } from "./http/address_limits.ts";
import { clientAddress } from "./http/client_address.ts";
import type { AppDeps, Env } from "./deps.ts";
import { createSentTexts } from "./sent_texts.ts";

/** Checks `input`, counts it against the sender's limit and stores it; throws an `AppError` where it is not stored. */
export type Submit = (c: Context<Env>, input: unknown, options?: SubmitOptions) => Promise<AddResult>;

/** How a submit differs between a program and a person. */
export interface SubmitOptions {
  /** Another text under a uid that is taken becomes a review of its own, as when somebody goes back, edits and sends again. */
  keepEdited?: boolean;
}

/** What {@linkcode createSubmit} is built from. */
export interface SubmitDeps extends AppDeps {
  limits: () => Promise<AddressLimits>;
}

/** Makes the one way in, with one limit for all who use it. */
export function createSubmit({ store, settings, now, newUid, limits }: SubmitDeps): Submit {
  const texts = settings.rateLimit && createSentTexts({ ...settings.rateLimit, now });

  return async function submit(c, input, { keepEdited = false } = {}) {
    let isNew = false;
    const parsed = parseReview(input, settings, () => {
      isNew = true;
      return newUid();
    });
    if (!parsed.ok) throw new AppError("invalid", "The review was not stored", { fields: parsed.errors });
    const known = isNew ? undefined : await store.get(parsed.review.uid);
    if (known !== undefined && !(keepEdited && differs(known, parsed.review))) return { review: known, created: false };
    const review = known === undefined ? parsed.review : { ...parsed.review, uid: uidOf(parsed.review) };
    if (texts === null) return await store.add(review);
    const { submits } = await limits();
    const address = clientAddress(c, settings);
    const taken = submits?.take(address);
    await taken?.admitted;
    try {
      texts.note(address, review);
      return await store.add(review);
    } catch (error) {
      texts.forget(address, review);
      taken?.giveBack();
      throw error;
    }
  };
}

function differs(stored: Review, sent: NewReview): boolean {
  return FORM_FIELDS.some((field) => (stored[field] ?? "") !== (sent[field] ?? ""));
}

// Derived and not drawn, so that sending the edited form twice is still one review.
function uidOf(sent: NewReview): string {
  const text = JSON.stringify([sent.uid, ...FORM_FIELDS.map((field) => sent[field])]);
  const hash = createHash("sha256").update(text).digest("hex");
  const variant = (parseInt(hash.slice(16, 17), 16) & 3 | 8).toString(16);
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    variant + hash.slice(17, 20),
    hash.slice(20, 32),
  ]
    .join("-");
}
