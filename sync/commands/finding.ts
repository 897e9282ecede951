// What one check of the doctor finds, in the form in which it is told to people.

/** What one check found. */
export interface Finding {
  verdict: "ok" | "warning" | "problem";
  /** A sentence without secrets. */
  text: string;
  /** What to do about it; left out where all is well. */
  advice?: string;
}
