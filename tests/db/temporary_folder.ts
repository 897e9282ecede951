// A folder for one test, gone with all its files when the test ends.

/** A new empty folder, to be held with `await using`. */
export async function temporaryFolder(): Promise<AsyncDisposable & { path: (name: string) => string }> {
  const folder = await Deno.makeTempDir();
  return {
    path: (name) => `${folder}/${name}`,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
