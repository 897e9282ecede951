// The fields of the form and what is said beside them; the server renders them once and the browser takes them over.
import type { FieldError } from "../db/app_error.ts";
import type { RequirableField } from "../db/review.ts";
import { Star } from "./stars.tsx";

/** Texts and rules of the form; plain JSON, because it travels in the page. */
export interface FormSettings {
  question: string;
  low: string;
  high: string;
  require: readonly RequirableField[];
  publicNames: boolean;
}

/** What a person has typed so far, as the fields hold it. */
export interface FormValues {
  rating: string;
  comments: string;
  name: string;
}

/** A field beside what is wrong with it. */
export interface FieldProps {
  settings: FormSettings;
  values: FormValues;
  errors: FieldError[];
}

/** The five stars: native radios, so that the keyboard works as people know it. */
export function RatingField({ settings, values, errors }: FieldProps) {
  const error = errorOf("rating", errors);
  const required = settings.require.includes("rating");
  return (
    <fieldset
      id="field-rating"
      class="rating"
      role="radiogroup"
      aria-required={required}
      aria-invalid={error !== undefined}
      aria-describedby={error && "error-rating"}
    >
      <legend>
        {settings.question} <Optional unless={required} />
      </legend>
      <ErrorText field="rating" error={error} />
      <div class="stars-input">
        {[1, 2, 3, 4, 5].map((value) => (
          <label key={value}>
            <input
              type="radio"
              name="rating"
              value={value}
              id={`rating-${value}`}
              defaultChecked={values.rating === String(value)}
            />
            <Star />
            <span class="number">
              {value}
              <span class="unseen">{wordFor(value, settings)}</span>
            </span>
          </label>
        ))}
      </div>
      <p class="ends" aria-hidden="true">
        <span>{settings.low}</span>
        <span>{settings.high}</span>
      </p>
    </fieldset>
  );
}

/** The comment, as long as it needs to be. */
export function CommentsField({ settings, values, errors }: FieldProps) {
  const error = errorOf("comments", errors);
  const required = settings.require.includes("comments");
  return (
    <div class="field">
      <label for="field-comments">
        Your comment <Optional unless={required} />
      </label>
      <ErrorText field="comments" error={error} />
      <textarea
        id="field-comments"
        name="comments"
        rows={5}
        dir="auto"
        aria-required={required}
        aria-invalid={error !== undefined}
        aria-describedby={error && "error-comments"}
        defaultValue={values.comments}
      />
    </div>
  );
}

/** The name; most people leave it empty. */
export function NameField({ settings, values, errors }: FieldProps) {
  const error = errorOf("name", errors);
  const required = settings.require.includes("name");
  return (
    <div class="field">
      <label for="field-name">
        Your name <Optional unless={required} />
      </label>
      <ErrorText field="name" error={error} />
      <input
        id="field-name"
        name="name"
        type="text"
        autocomplete="name"
        dir="auto"
        aria-required={required}
        aria-invalid={error !== undefined}
        aria-describedby={error && "error-name"}
        defaultValue={values.name}
      />
    </div>
  );
}

function ErrorText({ field, error }: { field: string; error: string | undefined }) {
  return error === undefined ? null : <p class="error" id={`error-${field}`}>{error}.</p>;
}

function Optional({ unless }: { unless: boolean }) {
  return unless ? null : <span class="optional">optional</span>;
}

function errorOf(field: string, errors: FieldError[]): string | undefined {
  return errors.find((error) => error.field === field)?.message;
}

function wordFor(value: number, { low, high }: FormSettings): string {
  return value === 1 ? `, ${low}` : value === 5 ? `, ${high}` : "";
}
