"""Runs the Python client against the Hub named by HF_ENDPOINT, to show that a client nobody here wrote accepts it.

Prints one line for each thing that holds and ends with an error at the first that does not.
"""

import os
import random
import sys
import tempfile
from pathlib import Path

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, hf_hub_download, snapshot_download
from huggingface_hub.errors import (
    EntryNotFoundError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

REPO = "ada/python"
WRITE = "hf_local_write"
READ = "hf_local_read"


def main() -> None:
    mode = sys.argv[1]
    api = HfApi(token=WRITE)
    contents = make_contents()

    check("whoami names the user", api.whoami()["name"] == "ada")
    api.create_repo(REPO, repo_type="dataset", private=True)
    api.create_repo(REPO, repo_type="dataset", private=True, exist_ok=True)
    check("a dataset is created private", api.dataset_info(REPO).private is True)

    first = upload(api, contents)
    check("the commit is the head", api.dataset_info(REPO).sha == first.oid)
    check("every file comes back byte for byte", download(contents) == contents)

    files = {entry.path: entry for entry in api.list_repo_tree(REPO, repo_type="dataset", recursive=True, expand=True)}
    check("the tree lists files and folders", {*contents, "data", ".gitattributes"} == set(files))
    check("the tree tells sizes", all(files[path].size == len(data) for path, data in contents.items()))
    check("the tree tells the last commit", files["data/large.bin"].last_commit.oid == first.oid)
    is_lfs = files["data/large.bin"].lfs is not None
    check(f"mode {mode} stores the large file its own way", is_lfs == (mode != "regular"))
    check("a Xet hash is given in mode xet alone", (files["data/large.bin"].xet_hash is not None) == (mode == "xet"))
    infos = api.get_paths_info(REPO, ["ümläut.txt", "no"], repo_type="dataset")
    check("paths-info leaves out what is missing", [info.path for info in infos] == ["ümläut.txt"])

    changed = {**contents, "data/large.bin": contents["data/large.bin"] + b"more", "ümläut.txt": b"other"}
    second = upload(api, changed, parent_commit=first.oid)
    check("changed files come back", download(changed) == changed)
    check("the older revision is still there", download(contents, revision=first.oid) == contents)
    expect(HfHubHTTPError, "a stale parent is a 412", lambda: upload(api, contents, parent_commit=first.oid), status=412)
    check("a refused commit changes nothing", api.dataset_info(REPO).sha == second.oid)

    third = api.create_commit(
        REPO,
        repo_type="dataset",
        operations=[CommitOperationDelete("ümläut.txt"), CommitOperationDelete("data/", is_folder=True)],
        commit_message="Delete",
    )
    left = {"empty.txt", "small.bin", ".gitattributes"}
    check("files and folders are deleted", set(api.list_repo_files(REPO, repo_type="dataset")) == left)
    history = [commit.commit_id for commit in api.list_repo_commits(REPO, repo_type="dataset")]
    check("the history is newest first", history[:3] == [third.oid, second.oid, first.oid] and len(history) == 4)

    expect(EntryNotFoundError, "a missing file", lambda: download({"ümläut.txt": b""}))
    expect(RevisionNotFoundError, "a missing revision", lambda: download({"small.bin": b""}, revision="f" * 40))
    expect(RepositoryNotFoundError, "a missing dataset", lambda: api.dataset_info("ada/nothing"))
    expect(RepositoryNotFoundError, "a private dataset without a token", lambda: HfApi(token=False).dataset_info(REPO))
    expect(HfHubHTTPError, "an unknown token is a 401", lambda: HfApi(token="hf_unknown").whoami(), status=401)
    expect(HfHubHTTPError, "a read token cannot commit", lambda: upload(HfApi(token=READ), contents), status=403)

    upload(api, changed)
    api.super_squash_history(REPO, repo_type="dataset")
    squashed = api.list_repo_commits(REPO, repo_type="dataset")
    check("squashing leaves one new commit", len(squashed) == 1 and squashed[0].commit_id not in history)
    expect(RevisionNotFoundError, "old commits are gone", lambda: download(contents, revision=first.oid))
    with tempfile.TemporaryDirectory() as cache:
        folder = Path(snapshot_download(REPO, repo_type="dataset", token=WRITE, cache_dir=cache))
        check("a snapshot holds the present files", {p: (folder / p).read_bytes() for p in changed} == changed)

    api.update_repo_settings(REPO, repo_type="dataset", private=False)
    check("a public dataset needs no token", HfApi(token=False).dataset_info(REPO).private is False)
    api.delete_repo(REPO, repo_type="dataset")
    expect(RepositoryNotFoundError, "a deleted dataset is gone", lambda: api.dataset_info(REPO))


def make_contents() -> dict[str, bytes]:
    rng = random.Random(7)
    noise = rng.randbytes(7_000_000)
    return {
        "empty.txt": b"",
        "ümläut.txt": "Grüße, 世界\n".encode(),
        "small.bin": bytes(range(256)) * 4,
        "data/large.bin": noise,
        "data/numbers.bin": b"".join(number.to_bytes(4, "little") for number in range(500_000)),
    }


def upload(api: HfApi, contents: dict[str, bytes], parent_commit: str | None = None):
    operations = [CommitOperationAdd(path, data) for path, data in contents.items()]
    return api.create_commit(
        REPO, repo_type="dataset", operations=operations, commit_message="Upload", parent_commit=parent_commit
    )


def download(contents: dict[str, bytes], revision: str | None = None) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as cache:
        return {
            path: Path(
                hf_hub_download(REPO, path, repo_type="dataset", revision=revision, token=WRITE, cache_dir=cache)
            ).read_bytes()
            for path in contents
        }


def check(what: str, holds: bool) -> None:
    if not holds:
        raise SystemExit(f"FAILED  {what}")
    print(f"ok  {what}")


def expect(kind: type[Exception], what: str, action, status: int | None = None) -> None:
    try:
        action()
    except kind as error:
        check(what, status is None or error.response.status_code == status)
    else:
        raise SystemExit(f"FAILED  {what}: nothing was refused")


if __name__ == "__main__":
    main()
