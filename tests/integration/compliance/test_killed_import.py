"""An import outlives its worker: a process at it is killed, another goes on, and the books agree to the row."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from compliance import imports
from compliance.models import listed
from tests.number_lists import a_file, a_list, held, sent, some

ROOT = Path(__file__).resolve().parents[3]
ROWS = 30_000
# What a worker does, telling each piece; the one it is killed in has been written and not been committed.
WORKER = """
import signal, sys
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from django.utils import timezone
from compliance import imports
from compliance.imports import work
from compliance.models import ListImport
work.PIECE_BYTES = 20_000
real, pieces = ListImport.take_piece, []
def take_piece(self, **given):
    moved = real(self, **given)
    pieces.append(given["text_read"])
    if len(pieces) == 8:
        print("at it", flush=True)
        signal.pause()
    return moved
ListImport.take_piece = take_piece
imports.bring_on(import_id=int(sys.argv[2]), clock=timezone.now)
"""


@pytest.mark.django_db(transaction=True)
def test_a_worker_is_killed_in_the_middle_of_a_piece_and_another_goes_on() -> None:
    registry = a_list()
    made = sent(a_file(*some(ROWS)), registry)
    name = connection.settings_dict["NAME"]
    command = [sys.executable, "-c", WORKER, str(name), str(made.pk)]
    with subprocess.Popen(command, cwd=ROOT, env=os.environ, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "at it\n"
        assert not imports.bring_on(import_id=made.pk, clock=timezone.now), "somebody is at it"
        worker.send_signal(signal.SIGKILL)
    made.refresh_from_db()
    assert made.state == "reading"
    assert 0 < made.rows_read < ROWS
    while made.is_open:  # until the server has noticed that the worker is gone
        imports.bring_on(import_id=made.pk, clock=timezone.now)
        made.refresh_from_db()
    assert (made.state, made.rows_read, made.rows_taken, made.restarts) == ("done", ROWS, ROWS, 0)
    assert held(registry) == {number + 10**10 for number in some(ROWS)}
    for copy_id in listed.copies_with_tables():
        listed.drop(copy_id)
