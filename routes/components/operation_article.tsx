// One operation of the API document: what it is, what it answers, and a form to try it.
import { Prose } from "./prose.tsx";

/** An operation as the document has it. */
export interface OperationView {
  path: string;
  method: "get" | "post" | "delete";
  operationId: string;
  summary: string;
  description?: string;
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema: object }[];
  requestBody?: { content: Record<string, unknown> };
  responses: Record<string, { description: string }>;
  security?: unknown[];
}

/** What a form cannot show: a stream that does not end, a page in the place of this one, a protocol. */
const NOT_TO_TRY = ["getEvents", "submitForm", "mcp"];
const EXAMPLE = JSON.stringify({ rating: 5, comments: "Works well", name: "Ada", source: "docs" });

/** The operation with its form; without scripts the form asks by itself, as far as a form can. */
export function OperationArticle(operation: OperationView) {
  const { path, method, operationId, summary, description, parameters = [], requestBody, responses, security } =
    operation;
  const asked = parameters.filter((parameter) => parameter.in !== "header");
  return (
    <article id={operationId}>
      <h2>
        <code>{method.toUpperCase()} {path}</code> {summary}
      </h2>
      {description && <Prose text={description} />}
      <ul>
        {Object.entries(responses).map(([status, { description }]) => (
          <li key={status}>
            <strong>{status}</strong> {description}
          </li>
        ))}
      </ul>
      {!NOT_TO_TRY.includes(operationId) && (
        <form action={path} method={method === "get" ? "get" : "post"} target="_blank" data-method={method}>
          {asked.map(({ name, in: place, required, description }) => (
            <label key={name}>
              <span>{name}</span>
              <input type="text" name={name} required={required} data-in={place} />
              {description && <small>{description}</small>}
            </label>
          ))}
          {security && (
            <label>
              <span>Admin token</span>
              <input type="password" data-in="token" autocomplete="off" />
            </label>
          )}
          {requestBody && (
            <label>
              <span>Body (JSON)</span>
              <textarea data-in="body" rows={3} defaultValue={EXAMPLE} />
            </label>
          )}
          <button type="submit" class="quiet">
            Try it<span class="unseen">: {summary}</span>
          </button>
          <output aria-live="polite" />
        </form>
      )}
    </article>
  );
}
