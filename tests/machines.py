"""A Ray cluster on this machine, for as long as a test needs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STORE_BYTES = 100 << 20  # of a machine's object store: what passes through it is small
QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DEDUP_LOGS": "0",
    "PYTHONPATH": str(Path(__file__).parents[1]),
}


class Machines:
    """A head that reads nothing and two machines that read one document at a time each."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        head = {"num_cpus": 0, "object_store_memory": STORE_BYTES, "include_dashboard": False}
        self._cluster = Cluster(initialize_head=True, head_node_args=head)
        self._nodes = [self._cluster.add_node(num_cpus=1, object_store_memory=STORE_BYTES) for _ in range(2)]
        self.address = str(self._cluster.address)

    def kill_one(self) -> None:
        """SIGKILL to all processes of one of the two."""
        self._cluster.remove_node(self._nodes.pop(), allow_graceful=False)

    def close(self) -> None:
        self._cluster.shutdown()


@contextmanager
def machines() -> Iterator[Machines]:
    made = Machines()
    try:
        yield made
    finally:
        made.close()
