// The form: complete as the server renders it, and in the browser checked, sent and thanked for without leaving the page.
import { useEffect, useRef, useState } from "preact/hooks";
import type { FieldError } from "../db/app_error.ts";
import { formInput, parseReview, type Review } from "../db/review.ts";
import { clearDraft, restoreDraft, saveDraft } from "./draft.ts";
import { ErrorSummary } from "./error_summary.tsx";
import { FormFields, type FormSettings, type FormValues } from "./form_fields.tsx";
import { HiddenFields, type HiddenFieldsProps } from "./hidden_fields.tsx";
import { refreshReviews } from "./refresh_reviews.ts";
import { sendReview } from "./send_review.ts";
import { ThankYou } from "./thank_you.tsx";
import { useOnline } from "./use_online.ts";

/** Everything the form needs to know; plain JSON, because it travels in the page. */
export interface ReviewFormProps extends HiddenFieldsProps {
  settings: FormSettings;
  /** Whether reviews go to a dataset as well. */
  inDataset: boolean;
  /** Where an empty form is. */
  again: string;
  /** What the fields hold at first; nothing, unless a submit without scripts failed. */
  values: FormValues;
  /** What was wrong with that submit. */
  errors: FieldError[];
  /** Why sending failed, where no field is at fault. */
  failure: string | null;
}

/** The form with its fields, its errors and what happens to the data; the thank-you once it is sent. */
export function ReviewForm(props: ReviewFormProps) {
  const { settings, values } = props;
  const place = props.inDataset ? "in its dataset" : "on its server";
  const failedBefore = props.errors.length > 0 || props.failure !== null;
  const [errors, setErrors] = useState(props.errors);
  const [failure, setFailure] = useState(props.failure);
  const [busy, setBusy] = useState(false);
  const [attempts, setAttempts] = useState(failedBefore ? 1 : 0);
  const [stored, setStored] = useState<Review>();
  const online = useOnline();
  const form = useRef<HTMLFormElement>(null);
  const summary = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (!failedBefore && form.current) restoreDraft(form.current);
  }, []);
  useEffect(() => {
    if (attempts > 0) summary.current?.focus();
  }, [attempts]);

  const check = (form: HTMLFormElement): boolean => {
    const fields = Object.fromEntries(new FormData(form)) as Record<string, string>;
    const parsed = parseReview(formInput(fields), settings, () => props.uid);
    setErrors(parsed.ok ? [] : parsed.errors);
    return parsed.ok;
  };
  const onInput = ({ currentTarget }: { currentTarget: HTMLFormElement }) => {
    saveDraft(currentTarget);
    if (attempts > 0) check(currentTarget);
  };
  const onSubmit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    if (busy) return;
    setFailure(null);
    if (check(form)) {
      setBusy(true);
      const sent = await sendReview(form);
      setBusy(false);
      if (sent.ok) {
        clearDraft();
        setStored(sent.review);
        if (!props.embedded) refreshReviews({ focus: false });
        return;
      }
      setErrors(sent.errors);
      setFailure(sent.failure);
    }
    setAttempts((count) => count + 1);
  };

  if (stored) return <ThankYou review={stored} status={null} again={props.again} now={Date.now()} focus />;
  return (
    <form
      class="review-form"
      method="post"
      action="/reviews"
      noValidate
      aria-busy={busy}
      onSubmit={onSubmit}
      onInput={onInput}
      ref={form}
    >
      <ErrorSummary errors={errors} failure={failure} target={summary} />
      <FormFields settings={settings} values={values} errors={errors} />
      <HiddenFields {...props} />
      <button type="submit">{busy ? "Sending…" : "Send review"}</button>
      <p class="offline" role="status">
        {!online && "You are offline. What you write is kept here; send it when you are back."}
      </p>
      <p class="note">
        {settings.publicNames
          ? `Your review and your name are shown on this page and kept ${place}.`
          : `Your review is shown on this page without your name; both are kept ${place}.`}
      </p>
    </form>
  );
}
