// What stands in the place of the form: the form itself, empty or as it failed, or the thank-you.
import type { Context } from "@hono/hono";
import type { FieldError } from "../db/app_error.ts";
import type { FormValues } from "../islands/form_fields.tsx";
import { ReviewForm, type ReviewFormProps } from "../islands/review_form.tsx";
import { ThankYou } from "../islands/thank_you.tsx";
import { Island } from "./components/island.tsx";
import type { AppContext } from "./app_context.ts";
import { type Env, publicReview } from "./deps.ts";

/** A form that could not be stored, to be shown again. */
export interface FailedForm {
  /** The uid that it carried, so that sending it again is no second review. */
  uid: string | undefined;
  /** When it was rendered first, in milliseconds since 1970. */
  renderedAt: number | undefined;
  /** What was typed. */
  values: FormValues;
  /** What is wrong with the fields. */
  errors: FieldError[];
  /** Why it failed, where no field is at fault. */
  failure: string | null;
}

/** Where the form stands and what came before. */
export interface FormViewOptions {
  /** Whether the form stands alone in a frame. */
  embedded: boolean;
  /** Where the form stands, kept with the review; empty for the page itself. */
  source: string;
  /** The form to show again. */
  failed?: FailedForm | undefined;
  /** Uid and time of the form; new ones without it. */
  fresh?: { uid: string; at: Date } | undefined;
}

/** Makes the part of the page that the sender looks at. */
export async function formView(c: Context<Env>, context: AppContext, options: FormViewOptions) {
  const { store, settings, backup, now, newUid } = context;
  const { embedded, source, failed, fresh } = options;
  const theme = c.req.query("__theme");
  const again = formAddress(options, theme ? { __theme: theme } : {});
  const uid = c.req.query("thanks");
  const stored = uid === undefined || failed ? undefined : await store.get(uid.toLowerCase());
  if (stored !== undefined) {
    const review = publicReview(stored, settings);
    const props = { review, status: backup.status(), again, now: now().getTime(), focus: false };
    return <Island name="ThankYou" of={ThankYou} props={props} />;
  }
  const { question, low, high, require, publicNames } = settings;
  const props: ReviewFormProps = {
    settings: { question, low, high, require, publicNames },
    inDataset: backup.status().state !== "off",
    uid: failed?.uid ?? fresh?.uid ?? newUid(),
    renderedAt: failed?.renderedAt ?? (fresh?.at ?? now()).getTime(),
    source,
    embedded,
    again,
    values: failed?.values ?? {},
    errors: failed?.errors ?? [],
    failure: failed?.failure ?? null,
  };
  return <Island name="ReviewForm" of={ReviewForm} props={props} />;
}

/** Address of a form in the same place; `more` is what its page is asked besides. */
export function formAddress(
  { embedded, source }: Pick<FormViewOptions, "embedded" | "source">,
  more: Record<string, string>,
): string {
  const query = new URLSearchParams({ ...(embedded && source && { source }), ...more });
  return `${embedded ? "/embed" : "/"}${query.size > 0 ? `?${query}` : ""}`;
}
