// The dataset's card: its YAML makes loaders and the Dataset Viewer read reviews.csv with the right types.

/** The text of the dataset's `README.md`. It is written once, where the dataset has none. */
export function datasetCard(): string {
  return `---
pretty_name: Reviews
configs:
  - config_name: default
    data_files: reviews.csv
    keep_default_na: false
    na_values: "\\x1A"
dataset_info:
  features:
    - name: id
      dtype: int64
    - name: created_at
      dtype: string
    - name: name
      dtype: string
    - name: review
      dtype: int64
    - name: comments
      dtype: string
    - name: uid
      dtype: string
    - name: source
      dtype: string
---

# Reviews

Kept by Hearback: \`reviews.db\` (SQLite) and \`reviews.csv\` hold the same reviews. \`review\` is the rating from 1 to 5,
\`created_at\` is in UTC. In the CSV a missing value is the character U+001A, so that it differs from empty text.
`;
}
