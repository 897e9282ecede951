// Presses the buttons of /admin/backup as a browser does, for tests that run Hearback as a process.
import assert from "node:assert/strict";

/** Signs in with the admin token "swordfish" and sends the form of `/admin/backup` with these fields. */
export async function press({ url }: { url: string }, fields: Record<string, string>): Promise<void> {
  const send = async (path: string, form: Record<string, string>, cookie = "") => {
    const answer = await fetch(url + path, {
      method: "POST",
      redirect: "manual",
      headers: { Origin: new URL(url).origin, Cookie: cookie },
      body: new URLSearchParams(form),
    });
    assert.equal(answer.status, 303, await answer.text());
    return answer.headers;
  };
  const signedIn = await send("admin/sign-in", { token: "swordfish" });
  const done = await send("admin/backup", fields, signedIn.get("Set-Cookie")?.split(";")[0]);
  assert.equal(done.get("Location"), `/admin/backup?done=${fields.do}`);
}
