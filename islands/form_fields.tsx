// The fields of the form and what is said beside them; the server renders them once and the browser takes them over.
import type { FieldError } from "../db/app_error.ts";
import type { Field, TextField } from "../db/review.ts";
import { Star } from "./stars.tsx";

/** Texts and rules of the form; plain JSON, because it travels in the page. */
export interface FormSettings {
  /** Stands above the stars. */
  question: string;
  /** What one star means. */
  low: string;
  /** What five stars mean. */
  high: string;
  /** The fields that must be filled in. */
  require: readonly Field[];
  /** Whether names are shown on the page. */
  publicNames: boolean;
}

/** What a person has typed so far, as the fields hold it. */
export type FormValues = Partial<Record<Field, string>>;

/** The fields beside what is wrong with them. */
export interface FieldProps {
  settings: FormSettings;
  /** What the fields hold at first. */
  values: FormValues;
  /** What is wrong with any of them. */
  errors: FieldError[];
}

/** All fields in their order. */
export function FormFields(props: FieldProps) {
  return (
    <>
      <RatingField {...props} />
      <TextControl {...props} field="comments" label="Your comment" rows={5} />
      <TextControl {...props} field="name" label="Your name" autocomplete="name" />
    </>
  );
}

/** The five stars: native radios, so that the keyboard works as people know it. */
function RatingField({ settings, values, errors }: FieldProps) {
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

type TextProps = FieldProps & { field: TextField; label: string; rows?: number; autocomplete?: "name" | "email" };

/** A text; with `rows` it may have several lines. */
function TextControl({ field, label, settings, values, errors, ...more }: TextProps) {
  const error = errorOf(field, errors);
  const required = settings.require.includes(field);
  const attributes = {
    ...more,
    id: `field-${field}`,
    name: field,
    dir: "auto" as const,
    "aria-required": required,
    "aria-invalid": error !== undefined,
    "aria-describedby": error && `error-${field}`,
    defaultValue: values[field],
  };
  return (
    <div class="field">
      <label for={attributes.id}>
        {label} <Optional unless={required} />
      </label>
      <ErrorText field={field} error={error} />
      {more.rows ? <textarea {...attributes} /> : <input type="text" {...attributes} />}
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
