// What the form sends along unseen, and the field that only programs fill in.

/** What {@linkcode HiddenFields} sends along. */
export interface HiddenFieldsProps {
  /** Names the review that the form becomes, however often it is sent. */
  uid: string;
  /** When the server rendered the form, in milliseconds since 1970. */
  renderedAt: number;
  /** Where the form stands, kept with the review; empty for the page itself. */
  source: string;
  /** Whether the form stands alone in a frame. */
  embedded: boolean;
}

/** The hidden fields; the trap is out of sight, out of the tab order and unknown to autofill. */
export function HiddenFields({ uid, renderedAt, source, embedded }: HiddenFieldsProps) {
  return (
    <>
      <input type="hidden" name="uid" value={uid} />
      <input type="hidden" name="rendered" value={renderedAt} />
      <input type="hidden" name="source" value={source} />
      <input type="hidden" name="view" value={embedded ? "embed" : "page"} />
      <div class="unseen" aria-hidden="true">
        <label for="field-homepage">Leave this field empty</label>
        <input id="field-homepage" name="homepage" type="text" tabIndex={-1} autocomplete="off" />
      </div>
    </>
  );
}
