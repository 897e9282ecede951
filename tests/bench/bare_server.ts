// What a server on this machine can do at most: answers with bytes that it holds in memory, or with the JSON that it was sent.
const [file, headers = "{}"] = Deno.args;
const bytes = file === undefined ? new Uint8Array() : Deno.readFileSync(file);
const init = { headers: JSON.parse(headers) };

Deno.serve({ hostname: "127.0.0.1", port: 0, onListen }, async (request) => {
  return request.method === "POST" ? Response.json(await request.json(), { status: 201 }) : new Response(bytes, init);
});

function onListen({ port }: Deno.NetAddr): void {
  console.log(JSON.stringify({ event: "listening", message: `on http://127.0.0.1:${port}/` }));
}
