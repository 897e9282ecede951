// Folders for working files, in which a run that was killed may have left something.

/** Makes `path` an empty folder; whatever a killed run left there goes. */
export async function emptyFolder(path: string): Promise<void> {
  await Deno.remove(path, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  await Deno.mkdir(path, { recursive: true });
}
