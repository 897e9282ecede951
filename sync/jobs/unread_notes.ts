// Notes what of the dataset was not taken over whole, and puts it into words.
import { withDatabase } from "../../db/file/open_database.ts";
import { noteUnread, readUnread, settleUnread, type Unread } from "../../db/sqlite/unread.ts";
import { short } from "../hub/commit_id.ts";
import type { JobOptions } from "./job.ts";

/** Where notes are kept, and who hears of new ones. */
export type NotesOptions = Pick<JobOptions, "database" | "now" | "onEvent">;

/** The open notes of the local database. */
export function openNotes(database: string): Unread[] {
  return withDatabase(database, readUnread);
}

/** Notes a file that was not taken over whole; tells of it unless it is known. Returns the note. */
export function note(
  file: Omit<Unread, "noticedAt" | "settledAt">,
  { database, now, onEvent }: NotesOptions,
): Unread {
  const isSame = ({ commit, path, kind }: Unread) => commit === file.commit && path === file.path && kind === file.kind;
  const before = openNotes(database).find(isSame);
  if (before !== undefined) return before;
  // A stranger's names are among the words.
  const reason = file.reason.replaceAll(/[\s`]+/g, " ").slice(0, MOST_REASON);
  const entry = { ...file, reason, noticedAt: now().toISOString() };
  withDatabase(database, (db) => noteUnread(db, entry));
  onEvent({ type: "unread", file: { ...file, reason } });
  return { ...entry, settledAt: null };
}

/** Closes the notes of a commit's files, which were read after all. */
export function settle(commit: string, paths: string[], { database, now }: NotesOptions): void {
  const isOpen = openNotes(database).some((entry) => entry.commit === commit && paths.includes(entry.path));
  if (!isOpen) return; // mostly, and then nothing is written
  withDatabase(database, (db) => {
    for (const path of paths) settleUnread(db, { commit, path }, now().toISOString());
  });
}

const MOST_REASON = 300; // characters

/** All open notes as a sentence for the owner; null without any. */
export function noticeOf(notes: Pick<Unread, "commit" | "path" | "reason" | "keptAs">[]): string | null {
  if (notes.length === 0) return null;
  const told = notes.slice(0, 3).map(({ commit, path, reason, keptAs }) => {
    const place = keptAs === null ? "older backups keep it, and are not deleted" : `it is kept as ${keptAs}`;
    return `${path} of commit ${short(commit)}: ${reason}; ${place}`;
  });
  const more = notes.length > 3 ? [`and ${notes.length - 3} more`] : [];
  return `Not everything in the dataset could be read. ${[...told, ...more].join(". ")}. See /admin/backup`;
}
