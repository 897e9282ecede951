// The dataset's card: its YAML makes loaders and the Dataset Viewer read reviews.csv exactly as it is stored.
import { COLUMNS } from "../../db/row.ts";
import { type DeclaredContent, isDeclared, sha256Of } from "../hub/content_hash.ts";

/** What the card depends on. */
export interface CardOptions {
  /** The dataset as `owner/name`. */
  repo: string;
  /** Whether a rating is text, as somebody may have written into an old table by hand; loaders then get all ratings as text. */
  textRatings: boolean;
  /** The columns of the CSV; unless told, those of this version. */
  columns?: readonly string[];
}

/**
 * The card to commit where the dataset holds `held` as its card, or null. One that Hearback wrote, to the byte, is renewed when columns
 * have come after it or the ratings are of another kind now; any other is somebody's own.
 */
export async function cardDue(held: DeclaredContent | undefined, options: CardOptions): Promise<Blob | null> {
  const card = datasetCard(options);
  if (held === undefined) return new Blob([card]);
  for (const earlier of writtenCards(options).filter((written) => written !== card)) {
    const content = new Blob([earlier]);
    if (await isDeclared({ content, sha256: await sha256Of(content) }, held)) return new Blob([card]);
  }
  return null;
}

// With either kind of ratings, and for each beginning of the list of columns. What another text of this file once made is not among them.
function writtenCards({ repo, columns = COLUMNS }: CardOptions): string[] {
  return columns.flatMap((_, last) =>
    [false, true].map((textRatings) => datasetCard({ repo, textRatings, columns: columns.slice(0, last + 1) }))
  );
}

/** The text of the dataset's `README.md`. */
export function datasetCard({ repo, textRatings, columns = COLUMNS }: CardOptions): string {
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
`;
}
