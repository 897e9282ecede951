// What a disk of the simulation must hold, whatever becomes of the process that writes to it.

/** What was answered by a disk and is on it, as uids. */
export interface Disk {
  reviews: Set<string>;
  erasures: Set<string>;
}

/** A disk on which nothing was answered yet. */
export function emptyDisk(): Disk {
  return { reviews: new Set(), erasures: new Set() };
}

/** The same as `disk`, to be kept while that one changes. */
export function copyOf({ reviews, erasures }: Disk): Disk {
  return { reviews: new Set(reviews), erasures: new Set(erasures) };
}
