// Another program that has the database open and writes to it for as long as a test wants.

const PROGRAM = `
  import { DatabaseSync } from "node:sqlite";
  const db = new DatabaseSync(Deno.args[0]);
  db.exec("BEGIN IMMEDIATE");
  console.log("held");
  await Deno.stdin.read(new Uint8Array(1));
  db.exec("ROLLBACK");
  db.close();
`;

/** Lets another process take the write lock of the database at `path`; resolves once it holds it. */
export async function holdLock(path: string): Promise<{ release(): Promise<void> }> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", PROGRAM, path],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const output = process.stdout.getReader();
  const { value } = await output.read();
  if (!new TextDecoder().decode(value).includes("held")) throw new Error("The other program could not take the lock");
  return {
    async release() {
      await process.stdin.close();
      while (!(await output.read()).done);
      await process.status;
    },
  };
}
