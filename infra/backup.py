"""The data folder in one file, and back: a physical copy of the database, verified, with the master key and the files
of messages (sealed as they lie) beside it.

The copy is taken by `pg_basebackup` through the socket, so it is consistent whether or not an engine is at work. A
restored store gets a new epoch: it may stand behind its own copies, and whoever follows them has to know (reliability
§5). The file holds the master key, so whoever has it can read everything: mode 0600, and keep it so.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from domain.errors import Conflict, Invalid, NotFound, Problem, Unavailable
from infra.embedded import Home, running
from infra.postgres import EmbeddedPostgres, tool
from infra.settings import Settings

Say = Callable[[str], None]
MANIFEST = "parley-backup.json"
FORM = 1
KEPT_FILES = ("master.key", "admin.token")
BLOBS = "blobs"
NEW_EPOCH = "UPDATE parley.store SET epoch = replace(gen_random_uuid()::text, '-', '') RETURNING epoch"


def back_up(settings: Settings, file: Path, say: Say) -> dict[str, Any]:
    """Write `file`, which must not exist. Returns the manifest. Nothing half-written stays behind."""
    _refuse_external(settings)
    if file.exists():
        raise Conflict("file_exists", f"{file} exists already; a backup is never written over another.")
    if not (settings.data / "postgres").is_dir():
        raise NotFound("no_data", f"There is no data in {settings.data}.")
    with tempfile.TemporaryDirectory(prefix=".parley-backup-", dir=file.absolute().parent) as scratch:
        copy = Path(scratch) / "postgres"
        with _server(settings.data, say) as postgres:
            manifest = _facts(postgres.dsn())
            say("Copying the database …")
            options = ("-X", "stream", "--checkpoint=fast", "--no-sync")  # what counts is the packed file's own fsync
            _run("pg_basebackup", "-D", str(copy), *options, "-d", postgres.dsn())
        _run("pg_verifybackup", "--quiet", str(copy))
        say("Packing …")
        _pack(settings, copy, Path(scratch) / "packed", manifest)
        (Path(scratch) / "packed").replace(file)
    return manifest


def restore(settings: Settings, file: Path, say: Say) -> dict[str, Any]:
    """Unpack into an empty or missing folder, verify, start once, begin a new epoch. Returns what was found."""
    _refuse_external(settings)
    data = settings.data
    if data.exists() and any(data.iterdir()):
        raise Conflict("data_not_empty", f"{data} is not empty; restore into a new folder: --data FOLDER")
    made = not data.exists()
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        manifest = _unpack(file, data)
        say("Verifying the copy …")
        _run("pg_verifybackup", "--quiet", str(data / "postgres"))
        with EmbeddedPostgres(data, say=say) as postgres, psycopg.connect(postgres.dsn()) as connection:
            row = connection.execute(NEW_EPOCH).fetchone()
            assert row is not None
            head = connection.execute("SELECT coalesce(max(position), 0) FROM parley.event").fetchone()
    except BaseException:
        _empty(data, remove=made)
        raise
    return {**manifest, "epoch": row[0], "epoch_before": manifest["epoch"], "head": head[0] if head else 0}


@contextmanager
def _server(data: Path, say: Say) -> Iterator[EmbeddedPostgres]:
    """The server that runs, or one of our own for the time of the copy; then nobody else may start there."""
    if running(data) is not None:
        yield EmbeddedPostgres(data)
        return
    home = Home.hold(data)
    try:
        with EmbeddedPostgres(data, say=say) as postgres:
            yield postgres
    finally:
        home.release()


def _facts(owner: str) -> dict[str, Any]:
    with psycopg.connect(owner) as connection:
        row = connection.execute(
            "SELECT (SELECT epoch FROM parley.store), coalesce(max(position), 0), current_setting('server_version')"
            " FROM parley.event"
        ).fetchone()
    assert row is not None
    taken = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return {"form": FORM, "taken_at": taken, "epoch": row[0], "head": row[1], "postgres": row[2]}


def _pack(settings: Settings, copy: Path, target: Path, manifest: dict[str, Any]) -> None:
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as archive:
            _add_text(archive, MANIFEST, json.dumps(manifest, indent=1))
            files = {name: settings.data / name for name in KEPT_FILES} | {"master.key": settings.key_file}
            for name, path in files.items():
                if path.is_file():
                    archive.add(path, name)
            if settings.blob_folder.is_dir():
                _add_blobs(archive, settings.blob_folder)
            archive.add(copy, "postgres")
        out.flush()
        os.fsync(out.fileno())


def _add_blobs(archive: tarfile.TarFile, folder: Path) -> None:
    """After the database: every file that its rows name is there, unless its customer was erased meanwhile."""
    for path in sorted(folder.glob("*/*")):
        if path.suffix:
            continue  # one that somebody is writing: no row names it
        with suppress(FileNotFoundError):
            archive.add(path, f"{BLOBS}/{path.relative_to(folder)}")


def _unpack(file: Path, data: Path) -> dict[str, Any]:
    """Only what a backup may hold, never outside the folder. Raises `Invalid` for a file of another kind."""
    before = os.umask(0o077)
    try:
        with tarfile.open(file, "r:gz") as archive:
            first = archive.next()
            facts = archive.extractfile(first) if first is not None and first.name == MANIFEST else None
            if facts is None:
                raise _no_backup(file)
            manifest: dict[str, Any] = json.loads(facts.read())
            if manifest.get("form") != FORM:
                raise _no_backup(file)
            archive.extractall(data, members=_wanted(archive), filter="data")
    except (tarfile.TarError, EOFError, ValueError, OSError) as error:
        if isinstance(error, OSError) and not isinstance(error, tarfile.TarError) and error.filename is not None:
            raise
        raise _no_backup(file) from error
    finally:
        os.umask(before)
    (data / "postgres").chmod(0o700)
    return manifest


def _wanted(archive: tarfile.TarFile) -> list[tarfile.TarInfo]:
    allowed = {*KEPT_FILES, BLOBS, "postgres"}
    return [member for member in archive.getmembers() if member.name.split("/")[0] in allowed]


def _add_text(archive: tarfile.TarFile, name: str, text: str) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(text.encode()), 0o600
    archive.addfile(member, io.BytesIO(text.encode()))


def _run(program: str, *arguments: str) -> None:
    done = subprocess.run([tool(program), *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        words = " / ".join(done.stderr.strip().splitlines()[-3:])
        raise Unavailable(f"{program}_failed", f"{program} failed: {words}")


def _refuse_external(settings: Settings) -> None:
    if settings.database_url is not None:
        sentence = "PARLEY_DATABASE_URL names a database of your own: back it up with its tools (pg_basebackup, WAL-G)."
        raise Conflict("external_database", sentence)


def _no_backup(file: Path) -> Invalid:
    return Invalid([Problem(field="file", code="not_a_backup", sentence=f"{file} is not a whole backup of Parley.")])


def _empty(data: Path, *, remove: bool) -> None:
    """Nothing of a failed restore stays, so that the next try finds the folder as this one did."""
    for entry in list(data.iterdir()) if data.exists() else []:
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    if remove and data.exists():
        data.rmdir()
