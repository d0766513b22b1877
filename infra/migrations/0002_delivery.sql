-- Messages of ours on their way to the providers, and how the providers call them afterwards.

-- One row a message. It holds no text and no provider's id: the text stands in the log, `external_key` is a keyed hash.
CREATE TABLE parley.delivery (
    tenant       text        NOT NULL,
    dialog       text        NOT NULL,
    message      text        NOT NULL,
    lane         smallint    NOT NULL,
    position     bigint      NOT NULL,
    state        text        NOT NULL DEFAULT 'waiting'
                 CHECK (state IN ('waiting', 'calling', 'sent', 'failed', 'unknown')),
    attempts     bigint      NOT NULL DEFAULT 0,
    since        timestamptz NOT NULL,
    next_at      timestamptz NOT NULL,
    call_until   timestamptz,
    code         text        NOT NULL DEFAULT '',
    reported     boolean     NOT NULL DEFAULT false,
    channel      text,
    external_key text,
    PRIMARY KEY (tenant, dialog, message)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

-- What is due, and what of a dialog is unfinished: small however many messages were ever sent.
CREATE INDEX delivery_due ON parley.delivery (lane, next_at) WHERE state IN ('waiting', 'calling');
CREATE INDEX delivery_unfinished ON parley.delivery (tenant, dialog, position) WHERE state IN ('waiting', 'calling');
CREATE INDEX delivery_unreported ON parley.delivery (lane) WHERE NOT reported AND state IN ('sent', 'failed', 'unknown');

-- From a provider's id for a message of ours, hashed, to the message: receipts and reactions.
CREATE INDEX delivery_external ON parley.delivery (tenant, channel, external_key) WHERE external_key IS NOT NULL;

-- A hook's address names a channel and no tenant. The table is small: locking it for a moment stops nobody.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX secret_owner ON parley.secret (owner, name);

GRANT SELECT, INSERT, UPDATE, DELETE ON parley.delivery TO parley_app;
