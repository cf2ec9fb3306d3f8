"""A cluster on this machine, to try one: Dask's scheduler and workers in processes, until Ctrl-C."""

import argparse
import logging
import signal
import sys
from multiprocessing import resource_tracker

from mlp.cli.arguments import UsageError, whole
from mlp.cli.dashboard import free_port
from mlp.engine.pool import check_dask
from mlp.installation import COMMAND

MOST_WORKERS = 1000


def serve_cluster(arguments: argparse.Namespace) -> None:
    """Serve until Ctrl-C. Raises UsageError for a wrong number or a port in use, ConfigError without Dask."""
    if sys.platform == "win32":
        raise UsageError("This command needs Linux or macOS. On Windows, start `dask scheduler` and `dask worker`.")
    workers = whole("workers", arguments.workers, 1, MOST_WORKERS)
    port = free_port(arguments.address, arguments.port, "cluster")
    check_dask()
    import dask
    from distributed import LocalCluster

    dask.config.set({"distributed.worker.profile.enabled": False})  # it costs 3 % of the speed
    # Workers inherit this: in a terminal, Ctrl-C reaches them, too, but the cluster ends them. Python's tracker would
    # take it back when it is started with the first of them.
    resource_tracker.ensure_running()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    with LocalCluster(
        n_workers=workers,
        threads_per_worker=1,  # and, by Dask's default, one BLAS thread in each
        host=arguments.address,
        scheduler_port=port,
        dashboard_address=":0",
        silence_logs=logging.CRITICAL,  # errors of work are sent to the server that asked for it
    ) as cluster:
        print(f"A cluster with {workers} workers is at {cluster.scheduler_address}. Ctrl-C ends it.")
        print(f"To train on it, in another window: {COMMAND} dashboard --cluster {cluster.scheduler_address}")
        signal.sigwait({signal.SIGINT})
