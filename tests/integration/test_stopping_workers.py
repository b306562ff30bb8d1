"""A worker that is told to stop finishes what it is at, also when the whole group of its processes is told."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
from celery import Celery
from django.conf import settings
from redis import Redis

from tests.integration.waiting_app import BEGUN, ENDED, MAY_END, QUEUE, TASK

WORKER = ("-m", "celery", "--quiet", "-A", "tests.integration.waiting_app", "worker", "--concurrency", "1")
PATIENCE_S = 90


@pytest.fixture
def worker() -> Iterator[subprocess.Popen[str]]:
    """A real one, the first of its group as where a launcher or systemd starts it."""
    command = [sys.executable, *WORKER, "-Q", QUEUE, "--without-gossip", "--without-mingle", "-l", "error"]
    process = subprocess.Popen(command, env=dict(os.environ), start_new_session=True, stderr=subprocess.PIPE, text=True)
    yield process
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def test_a_task_under_way_is_finished(worker: subprocess.Popen[str]) -> None:
    with Redis.from_url(settings.REDIS_URL, socket_timeout=None) as redis:  # it waits for longer than a socket
        redis.delete(BEGUN, MAY_END, ENDED, QUEUE)
        with Celery(broker=settings.REDIS_URL) as client:
            client.send_task(TASK, queue=QUEUE)
        assert redis.blpop([BEGUN], timeout=PATIENCE_S), "the task has begun"
        os.killpg(worker.pid, signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            worker.wait(1)  # it waits for its task
        redis.lpush(MAY_END, 1)
        _, complaints = worker.communicate(timeout=PATIENCE_S)
        assert redis.lpop(ENDED), "the task came to its end"
        redis.delete(BEGUN, MAY_END, ENDED)
    assert worker.returncode == 0
    assert "WorkerLostError" not in complaints
