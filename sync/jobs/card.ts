// The dataset's card: its YAML makes loaders and the Dataset Viewer read reviews.csv exactly as it is stored.
import { COLUMNS } from "../../db/row.ts";
import { createHash } from "node:crypto";
import type { Unread } from "../../db/sqlite/unread.ts";
import { isDeclared, sha256Of } from "../hub/content_hash.ts";
import type { RemoteFile } from "../hub/dataset.ts";

/** What the card says. */
export interface CardOptions {
  /** The dataset as `owner/name`. */
  repo: string;
  /** Whether a rating is text, as somebody may have written into an old table by hand; loaders then get all ratings as text. */
  textRatings: boolean;
  /** The columns of the CSV; unless told, those of this version. */
  columns?: readonly string[];
  /** Files of somebody else that are kept in the head, with the reason. */
  asides?: readonly Pick<Unread, "keptAs" | "path" | "reason">[];
}

/** What {@linkcode cardDue} needs. */
export interface CardDueOptions extends CardOptions {
  /** Fetches the text of the card that is there. */
  read: (held: RemoteFile) => Promise<string>;
}

/**
 * The card to commit where the dataset holds `held` as its card, or null. One that Hearback wrote and nobody changed is renewed when it
 * would say something else now; any other is somebody's own.
 */
export async function cardDue(
  held: RemoteFile | undefined,
  { read, ...options }: CardDueOptions,
): Promise<Blob | null> {
  const card = new Blob([datasetCard(options)]);
  if (held === undefined) return card;
  if (await isDeclared({ content: card, sha256: await sha256Of(card) }, held)) return null;
  return isUnchanged(await read(held), options) ? card : null;
}

// A card ends in the hash of all that stands before, so that it is known without anything that a lost disk would forget.
const SEAL = /^<!-- Written by Hearback: ([0-9a-f]{64}) -->\n$/m;

function sealed(text: string): string {
  return `${text}\n<!-- Written by Hearback: ${createHash("sha256").update(text).digest("hex")} -->\n`;
}

function isUnchanged(card: string, { repo }: CardOptions): boolean {
  const text = card.replace(SEAL, "").slice(0, -1);
  if (sealed(text) === card) return true;
  // Version 0.1.0 wrote no seal.
  return [false, true].some((textRatings) => cardText({ repo, textRatings, columns: FIRST_COLUMNS }) === card);
}

const FIRST_COLUMNS = ["id", "created_at", "name", "review", "comments", "uid", "source"];

/** The text of the dataset's `README.md`. */
export function datasetCard(options: CardOptions): string {
  return sealed(cardText(options));
}

function cardText({ repo, textRatings, columns = COLUMNS, asides = [] }: CardOptions): string {
  const rating = textRatings ? "string" : "float64"; // pandas, which reads for `datasets`, has no missing values among integers
  const type = (column: string) => column === "id" ? "int64" : column === "review" ? rating : "string";
  const texts = columns.filter((column) => column !== "id" && column !== "review");
  // In `configs` the features say how the CSV is read. In `dataset_info` a loader would guess first, so that the name 007 comes as 7, and
  // stop at a column that is not among them.
  return `---
pretty_name: Reviews
configs:
  - config_name: default
    data_files: reviews.csv
    keep_default_na: false
    na_values:
      - "\\x1A"
    features:
${columns.map((column) => `      - name: ${column}\n        dtype: ${type(column)}`).join("\n")}
---

# Reviews

Kept by Hearback: \`reviews.db\` (SQLite) and \`reviews.csv\` hold the same reviews. \`review\` is the rating from 1 to 5, \`created_at\` is
in UTC, \`uid\` names a review for ever. In the CSV a missing value is the character U+001A, so that it differs from empty text, and names
like \`007\` or \`None\` are text. With \`datasets\` that needs no thought:

\`\`\`python
from datasets import load_dataset

reviews = load_dataset("${repo}", split="train")
\`\`\`

With pandas (and \`huggingface_hub\`), say so:

\`\`\`python
import pandas as pd

reviews = pd.read_csv(
    "hf://datasets/${repo}/reviews.csv",
    dtype=dict.fromkeys([${texts.map((column) => `"${column}"`).join(", ")}], "str"),
    keep_default_na=False,
    na_values=["\\x1a"],
)
\`\`\`

While there is no review, \`load_dataset\` says that there is no data; with \`streaming=True\` it gives no row.
${asides.length === 0 ? "" : asidesSection(asides)}`;
}

function asidesSection(asides: NonNullable<CardOptions["asides"]>): string {
  const lines = asides.map(({ keptAs, path, reason }) => `- \`${keptAs}\`, a \`${path}\` of somebody else: ${reason}`);
  return `
## Set aside

These files held something that Hearback could not take over. They are kept as they were:

${lines.join("\n")}
`;
}
