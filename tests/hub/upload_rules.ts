// How a file has to be uploaded: as part of the commit, or beforehand to the storage and by which protocol.

/** How files reach the Hub; `auto` decides as the real one does. */
export type UploadMode = "auto" | "regular" | "lfs" | "multipart" | "xet";

/** The ways in which the storage takes an LFS object. */
export type Transfer = "basic" | "multipart" | "xet";

/** What decides about the upload of a file. */
export interface UploadRules {
  mode: UploadMode;
  /** Most bytes that a text or a binary file may have to be part of the commit, in mode `auto`. */
  regularUpTo: { text: number; binary: number };
}

/** The rules of the real Hub. */
export const REAL_RULES: UploadRules = { mode: "auto", regularUpTo: { text: 10 * 1024 * 1024, binary: 1_000_000 } };

/** Size of the parts of a multipart upload. */
export const PART_SIZE = 5 * 1024 * 1024;

/** Whether a file is part of the commit or goes to the storage first; `sample` is its first 512 bytes. */
export function preuploadMode(rules: UploadRules, file: { size: number; sample: Uint8Array }): "regular" | "lfs" {
  if (file.size === 0 || rules.mode === "regular") return "regular";
  if (rules.mode !== "auto") return "lfs";
  const limit = file.sample.includes(0) ? rules.regularUpTo.binary : rules.regularUpTo.text;
  return file.size <= limit ? "regular" : "lfs";
}

/** The protocol for the objects of one LFS batch, out of those the client `offers`. */
export function chooseTransfer(rules: UploadRules, offers: string[]): Transfer {
  const wanted = { auto: "xet", regular: "xet", lfs: "basic", multipart: "multipart", xet: "xet" } as const;
  const transfer = wanted[rules.mode];
  return offers.includes(transfer) ? transfer : "basic";
}
