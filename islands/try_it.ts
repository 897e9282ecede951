// Sends the forms of the API's page as the requests that they describe, and shows what comes back.

const SHOWN = 20_000; // characters of an answer

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-method]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void send(form);
  });
  form.dataset.ready = "";
}

async function send(form: HTMLFormElement): Promise<void> {
  const output = form.querySelector("output");
  if (output === null) return;
  const method = (form.dataset.method ?? "get").toUpperCase();
  let path = form.getAttribute("action") ?? "";
  const query = new URLSearchParams();
  const headers = new Headers({ Accept: "application/json, */*" });
  let body: string | null = null;
  for (const field of form.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("[data-in]")) {
    const place = field.dataset.in;
    if (place === "path") path = path.replace(`{${field.name}}`, encodeURIComponent(field.value));
    if (place === "query" && field.value !== "") query.set(field.name, field.value);
    if (place === "token") headers.set("Authorization", `Bearer ${field.value}`);
    if (place === "body") body = field.value;
  }
  if (body !== null) headers.set("Content-Type", "application/json");
  const address = query.size > 0 ? `${path}?${query}` : path;
  const shown = document.createElement("pre");
  shown.tabIndex = 0;
  try {
    const answer = await fetch(address, { method, headers, body });
    const text = readable(await answer.text());
    shown.textContent = `${method} ${address}\n${answer.status} ${answer.statusText}\n\n${text.slice(0, SHOWN)}`;
  } catch (error) {
    shown.textContent = `${method} ${address}\nNo answer: ${error instanceof Error ? error.message : error}`;
  }
  output.replaceChildren(shown);
}

/** JSON with its lines broken; all else as it is. */
function readable(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
