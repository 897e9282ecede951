"""Uploads a large file, or with the argument "changed" the same with some bytes changed, to show that hf_xet sends only what is new."""

import random
import sys

from huggingface_hub import HfApi

data = bytearray(random.Random(7).randbytes(10_000_000))
if sys.argv[1:] == ["changed"]:
    data[5_000_000:5_000_100] = b"changed"
    data += b"more"

api = HfApi(token="hf_local_write")
api.create_repo("ada/dedup", repo_type="dataset", exist_ok=True)
api.upload_file(path_or_fileobj=bytes(data), path_in_repo="a.bin", repo_id="ada/dedup", repo_type="dataset")
