// The form: complete as the server renders it, and in the browser checked, sent and thanked for without leaving the page.
import { useEffect, useRef, useState } from "preact/hooks";
import type { FieldError } from "../db/app_error.ts";
import { parseReview } from "../db/review.ts";
import { ErrorSummary } from "./error_summary.tsx";
import { CommentsField, type FormSettings, type FormValues, NameField, RatingField } from "./form_fields.tsx";
import { sendReview } from "./send_review.ts";

/** Everything the form needs to know; plain JSON, because it travels in the page. */
export interface ReviewFormProps {
  settings: FormSettings;
  /** Names the review that this form becomes, however often it is sent. */
  uid: string;
  /** When the server rendered the form, in milliseconds since 1970. */
  renderedAt: number;
  /** Where the form stands, kept with the review; empty for the page itself. */
  source: string;
  values: FormValues;
  errors: FieldError[];
  /** Why sending failed, where no field is at fault. */
  failure: string | null;
}

/** The form with its fields, its errors and what happens to the data. */
export function ReviewForm(props: ReviewFormProps) {
  const [errors, setErrors] = useState(props.errors);
  const [failure, setFailure] = useState(props.failure);
  const [busy, setBusy] = useState(false);
  const [attempts, setAttempts] = useState(0);
  const summary = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (attempts > 0) summary.current?.focus();
  }, [attempts]);

  const check = (form: HTMLFormElement): FieldError[] => {
    const parsed = parseReview(fieldsOf(form), props.settings, () => props.uid);
    setErrors(parsed.ok ? [] : parsed.errors);
    return parsed.ok ? [] : parsed.errors;
  };

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    if (busy) return;
    setFailure(null);
    if (check(form).length === 0) {
      setBusy(true);
      const sent = await sendReview(form);
      setBusy(false);
      if (sent.ok) return location.assign(`/?thanks=${sent.review.uid}`);
      setErrors(sent.errors);
      setFailure(sent.errors.length > 0 ? null : sent.message);
    }
    setAttempts((count) => count + 1);
  };

  const fields = { settings: props.settings, values: props.values, errors };
  return (
    <form
      class="review-form"
      method="post"
      action="/reviews"
      noValidate
      aria-busy={busy}
      onSubmit={submit}
      onInput={(event) => attempts > 0 && check(event.currentTarget)}
    >
      <ErrorSummary errors={errors} failure={failure} target={summary} />
      <RatingField {...fields} />
      <CommentsField {...fields} />
      <NameField {...fields} />
      <input type="hidden" name="uid" value={props.uid} />
      <input type="hidden" name="rendered" value={props.renderedAt} />
      <input type="hidden" name="source" value={props.source} />
      <div class="trap" aria-hidden="true">
        <label for="field-website">Leave this empty</label>
        <input id="field-website" name="website" type="text" tabIndex={-1} autocomplete="off" />
      </div>
      <button type="submit">{busy ? "Sending…" : "Send review"}</button>
      <p class="note">
        {props.settings.publicNames
          ? "Your review and name are shown on this page and kept in this page's dataset."
          : "Your review is shown on this page, your name is not. Both are kept in this page's dataset."}
      </p>
    </form>
  );
}

function fieldsOf(form: HTMLFormElement) {
  const data = new FormData(form);
  const rating = data.get("rating");
  return { rating: rating === null ? null : Number(rating), comments: data.get("comments"), name: data.get("name") };
}
