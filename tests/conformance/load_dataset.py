"""Reads a dataset that Hearback uploaded in the ways that its card tells, and compares every value with what is stored.

Arguments: the dataset, and a JSON file with the names of its columns and the rows, of which odd ones leave out what is not compared.
"""

import json
import os
import re
import sys

os.environ["HF_TOKEN"] = "hf_local_write"

import datasets
import pandas as pd
from huggingface_hub import hf_hub_download


def main() -> None:
    repo, path = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        expected = json.load(file)
    columns, stored = expected["columns"], expected["rows"]
    with open(hf_hub_download(repo, "README.md", repo_type="dataset"), encoding="utf-8") as file:
        with_datasets, with_pandas = re.findall(r"```python\n(.*?)```", file.read(), re.DOTALL)

    streamed = datasets.load_dataset(repo, split="train", streaming=True)
    compare("datasets, streamed", streamed, stored)
    if stored:
        compare("datasets", run(with_datasets), stored)
    else:
        expect_no_data(with_datasets)
    frame = run(with_pandas)
    compare("pandas", frame.astype(object).where(frame.notna(), None).to_dict("records"), stored)
    check("pandas finds the columns", list(frame.columns)[: len(columns)] == columns)
    check("the features name the columns", list(streamed.features) == columns)


def run(code: str):
    names: dict = {}
    exec(code, names)
    return names["reviews"]


def compare(what: str, loaded, stored: list[dict]) -> None:
    rows = list(loaded)
    check(f"{what}: {len(stored)} rows", len(rows) == len(stored))
    for row, expected in zip(rows, stored):
        for column, value in expected.items():
            # A rating may come as 5.0; everything else has its type too.
            same = row[column] == value and (column == "review" or type(row[column]) is type(value))
            if not same:
                raise SystemExit(f"FAILED  {what}: {column} of row {row['id']} is {row[column]!r}, stored is {value!r}")
    print(f"ok  {what}: every value is the stored one")


def expect_no_data(code: str) -> None:
    try:
        run(code)
    except ValueError as error:
        check("datasets says that there is no data", "no data" in str(error))
    else:
        raise SystemExit("FAILED  datasets loads a dataset without rows now: change the card and this check")


def check(what: str, holds: bool) -> None:
    if not holds:
        raise SystemExit(f"FAILED  {what}")
    print(f"ok  {what}")


if __name__ == "__main__":
    main()
