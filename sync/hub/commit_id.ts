// Commit ids as people read them, in a file that does not load the Hub's client.

/** The first characters of a commit id. */
export function short(commit: string): string {
  return commit.slice(0, 7);
}
