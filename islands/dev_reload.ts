// Reloads the page when the server has started anew; built into the page by `deno task dev` only.

let started: string | undefined;
const events = new EventSource("/api/events");
events.addEventListener("hello", ({ data }) => {
  if (started !== undefined && started !== data) location.reload();
  started = data;
});
