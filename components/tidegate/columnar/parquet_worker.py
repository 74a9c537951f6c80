"""Decodes the Parquet file on standard input to an Arrow stream on standard output.

pyarrow before 15 may crash on a damaged file. Here only this process dies of
it, and its caller tells why. Run as a script: it imports nothing of Tidegate,
which makes it start fast.
"""

from __future__ import annotations

import os
import sys

import pyarrow as pa

# As in parquet_file: before 14.0.1 a crafted file could run code when read.
if int(pa.__version__.split(".")[0]) < 14:
    import pyarrow_hotfix  # noqa: F401

from pyarrow import parquet


def main(size: int, buffer_size: int) -> None:
    """Writes the rows, `size` at a time."""
    # Duplicated, as whatever libraries print must not get into the stream.
    target = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with os.fdopen(0, "rb") as source, target:
        file = parquet.ParquetFile(source, buffer_size=buffer_size)
        with pa.ipc.new_stream(target, file.schema_arrow) as stream:
            for batch in file.iter_batches(batch_size=size, use_threads=False):
                stream.write_batch(batch)


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]), int(sys.argv[2]))
    except Exception as error:
        # The caller words it: this is a message between two processes.
        text = (str(error).strip() or type(error).__name__).splitlines()[0]
        sys.stderr.write(text)
        sys.stderr.flush()
        os._exit(1)
