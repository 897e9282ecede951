// Says at the top of the form what is wrong, and leads to the fields.
import type { RefObject } from "preact";
import type { FieldError } from "../db/app_error.ts";

/** What {@linkcode ErrorSummary} shows. */
export interface ErrorSummaryProps {
  /** What is wrong with the fields. */
  errors: FieldError[];
  /** Why sending failed, where no field is at fault. */
  failure: string | null;
  /** Takes the focus after a failed attempt. */
  target: RefObject<HTMLDivElement | null>;
}

/** The summary, or nothing where all is well. */
export function ErrorSummary({ errors, failure, target }: ErrorSummaryProps) {
  if (errors.length === 0 && failure === null) return null;
  return (
    <div class="summary" role="alert" tabIndex={-1} ref={target} autofocus>
      <h2>{failure === null ? "Please look at this once more" : "Your review was not stored"}</h2>
      {failure !== null && <p>{failure}.</p>}
      {errors.length > 0 && (
        <ul>
          {errors.map(({ field, message }) => (
            <li key={field}>
              <a href={field === "rating" ? "#rating-1" : `#field-${field}`}>{message}</a>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
