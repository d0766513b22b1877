"""`parley stop`: the end of what runs in a data folder, from anywhere."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import rich_click as click

from infra.commands.options import data_option, settings_of
from infra.commands.output import note

PATIENCE = 90.0


@click.command()
@data_option
def command(data: Path | None) -> None:
    """Stop what runs in the data folder, and wait until it has ended. Nothing running is fine too."""
    from infra.embedded import running
    from infra.postgres import stop_server

    settings = settings_of(data=data)
    told = running(settings.data)
    if told is not None:
        _end(settings.data, told.get("pid"))
        note(f"Stopped process {told.get('pid')}.")
    broker = _stop_broker(settings.data)
    if stop_server(settings.data, say=note) or broker:
        note("Stopped what a killed process had left.")
    elif told is None:
        note(f"Nothing runs in {settings.data}.")


def _stop_broker(data: Path) -> bool:
    """The broker of an `up --kafka` that was killed; False if there is none."""
    if not (data / "kafka").is_dir():
        return False
    from infra.kafka import LocalKafka
    from infra.kafka.record import read_record

    folder = data / "kafka"
    left = read_record(folder)
    alive = left is not None and left.broker.alive()
    if alive:
        LocalKafka(folder).stop()
    return alive


def _end(data: Path, pid: int | None) -> None:
    """The folder is held, so the number is its living holder's and nobody else's."""
    from domain.errors import Conflict
    from infra.embedded import running

    if pid is None:
        raise Conflict("starting", "It is just starting; try again in a moment.")
    os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + PATIENCE
    while running(data) is not None:
        if time.monotonic() > end:
            raise Conflict("still_running", f"Process {pid} has not ended within {PATIENCE:.0f} s.")
        time.sleep(0.05)
