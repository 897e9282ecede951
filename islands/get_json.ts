// Asks the server for something that is no page.

/** The body of the answer to `GET url`; rejects where none came, or one that says why there is nothing. */
export async function getJson<Body>(url: string): Promise<Body> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`Failed to read "${url}": the server answered ${answer.status}`);
  return await answer.json();
}
