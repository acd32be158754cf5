"""A server on this machine that speaks S3, for as long as a test needs it."""

from __future__ import annotations

import logging
import os
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import s3fs
from moto.server import ThreadedMotoServer

BUCKET = "s3://archivo"


@contextmanager
def object_storage() -> Iterator[s3fs.S3FileSystem]:
    """The file system of a server with one empty bucket; this process and its children find it by their environment."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    urllib.request.urlopen(f"http://127.0.0.1:{port}/moto-api/reset", data=b"").close()  # of servers before this one
    variables = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    with patch.dict(os.environ, variables):
        s3fs.S3FileSystem.clear_instance_cache()  # one of an earlier server would be taken for this one's
        files = s3fs.S3FileSystem()
        files.mkdir(BUCKET)
        try:
            yield files
        finally:
            s3fs.S3FileSystem.clear_instance_cache()
            server.stop()


def put_folder(files: s3fs.S3FileSystem, folder: Path, url: str) -> None:
    """Copies a folder's files under `url`."""
    for path in folder.rglob("*"):
        if path.is_file():
            files.pipe_file(f"{url}/{path.relative_to(folder).as_posix()}", path.read_bytes())
