-- Files of messages: where they stand in the store of blobs, and what still has to be fetched. Rules: processors/fetching.py.

-- One row a file. The bytes are a blob; its key, and the file's name, are sealed with the customer's key, so that both
-- end with it. `position` = the event that names it (an upload has none until it is sent), `ordinal` = which of it. What
-- waits in the quarantine has no dialog yet, and names its channel.
CREATE TABLE parley.attachment (
    tenant     text        NOT NULL,
    id         text        NOT NULL,
    lane       smallint    NOT NULL,
    direction  text        NOT NULL CHECK (direction IN ('in', 'out')),
    dialog     text        NOT NULL DEFAULT '',
    channel    text,
    message    text,
    position   bigint,
    ordinal    integer     NOT NULL DEFAULT 0,
    key_id     text        NOT NULL,
    type       text        NOT NULL,
    mime       text        NOT NULL DEFAULT '',
    name       bytea,
    size       bigint,
    sha256     bytea,
    blob       text,
    blob_key   bytea,
    state      text        NOT NULL
               CHECK (state IN ('waiting', 'fetching', 'kept', 'failed', 'too_large', 'erased')),
    code       text        NOT NULL DEFAULT '',
    attempts   bigint      NOT NULL DEFAULT 0,
    since      timestamptz NOT NULL,
    next_at    timestamptz NOT NULL,
    call_until timestamptz,
    PRIMARY KEY (tenant, id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

CREATE INDEX attachment_due ON parley.attachment (lane, next_at) WHERE state IN ('waiting', 'fetching');
CREATE INDEX attachment_blob ON parley.attachment (blob) WHERE blob IS NOT NULL;
CREATE INDEX attachment_unsent ON parley.attachment (lane, since) WHERE direction = 'out' AND message IS NULL;
CREATE INDEX attachment_key ON parley.attachment (tenant, key_id) WHERE state <> 'erased';

-- Keys of customers who were erased: few, and looked for again and again until nothing of theirs is left.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX customer_key_revoked ON parley.customer_key (tenant, key_id) WHERE revoked_at IS NOT NULL;

GRANT SELECT, INSERT, UPDATE, DELETE ON parley.attachment TO parley_app;
