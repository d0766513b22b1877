-- Channels that have to be asked for what came in: how far each was read, and who is asking now. Rules: adapters/polling.

-- `cursor` = where to go on from, in the channel kind's own words; it moves only after everything before it is kept.
-- `held_until`, `holder`: the process that is asking; it says so again and again, so a dead one is followed soon.
-- `failed` = looks in a row that have failed. `since` = the position of the event that made the row or set it back.
CREATE TABLE parley.polling (
    tenant     text        NOT NULL,
    channel    text        NOT NULL,
    lane       smallint    NOT NULL,
    cursor     text        NOT NULL,
    since      bigint      NOT NULL,
    next_at    timestamptz NOT NULL,
    failed     integer     NOT NULL DEFAULT 0,
    holder     text        NOT NULL DEFAULT '',
    held_until timestamptz NOT NULL DEFAULT '-infinity',
    PRIMARY KEY (tenant, channel)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

CREATE INDEX polling_due ON parley.polling (lane, next_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON parley.polling TO parley_app;
