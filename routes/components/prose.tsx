// Shows the descriptions of the API document, which are Markdown, as far as they make use of it.

/** A paragraph; what stands between backticks is code. */
export function Prose({ text }: { text: string }) {
  return <p>{text.split("`").map((part, index) => index % 2 === 1 ? <code key={index}>{part}</code> : part)}</p>;
}
