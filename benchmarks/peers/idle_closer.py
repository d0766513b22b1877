"""The peer: a hand-written loop that closes idle dialogs, as it is written everywhere: a row, a lock, an event.

It decides by the stored moment alone: no settings, no holds, no other side of the dialog, no slots, no keys.
"""

from __future__ import annotations

import psycopg

TABLES = """
CREATE TABLE public.peer_dialog (id text PRIMARY KEY, due timestamptz NOT NULL, open boolean NOT NULL);
CREATE INDEX peer_due ON public.peer_dialog (due) WHERE open;
CREATE TABLE public.peer_event (id bigserial PRIMARY KEY, dialog text NOT NULL, kind text NOT NULL, body bytea);
"""
FILL = """
INSERT INTO public.peer_dialog
SELECT md5(number::text), now() - make_interval(secs => number / 1000.0), true FROM generate_series(1, %s) AS number
"""
DUE = """
SELECT id FROM public.peer_dialog WHERE open AND due <= now() ORDER BY due LIMIT %s FOR UPDATE SKIP LOCKED
"""
CLOSE = "UPDATE public.peer_dialog SET open = false WHERE id = ANY (%s)"
EVENT = "INSERT INTO public.peer_event (dialog, kind, body) SELECT one, 'closed', %s FROM unnest(%s::text[]) AS one"
BODY = b"x" * 300


def prepare(dsn: str, dialogs: int) -> None:
    with psycopg.connect(dsn, autocommit=True) as owner:
        owner.execute("DROP TABLE IF EXISTS public.peer_dialog, public.peer_event")
        owner.execute(TABLES)
        owner.execute(FILL, (dialogs,))
        owner.execute("VACUUM ANALYZE public.peer_dialog")


def drain(dsn: str, page: int) -> int:
    """Close everything that is due, `page` dialogs a transaction. Returns how many."""
    closed = 0
    with psycopg.connect(dsn) as connection:
        while True:
            dialogs = [one for (one,) in connection.execute(DUE, (page,), prepare=True).fetchall()]
            if dialogs:
                connection.execute(CLOSE, (dialogs,), prepare=True)
                connection.execute(EVENT, (BODY, dialogs), prepare=True)
            connection.commit()
            if len(dialogs) < page:
                return closed + len(dialogs)
            closed += page
