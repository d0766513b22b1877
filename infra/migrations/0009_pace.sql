-- How fast messages of ours may leave, and by what a message is found again when its provider's answer was lost.

-- One row a limit that is in use: an account's, a chat's (a keyed hash), or how long an account is held back after it
-- was told to slow down. `free_at` in the past means the same as no row; the sweep removes it then.
CREATE TABLE parley.pace (
    tenant  text        NOT NULL,
    channel text        NOT NULL,
    key     text        NOT NULL,
    free_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, channel, key)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

GRANT SELECT, INSERT, UPDATE, DELETE ON parley.pace TO parley_app;

-- `paced` = how many limits the message has passed already; `chat_key` = a keyed hash of whom it goes to;
-- `called_at` = when the last call of it began.
ALTER TABLE parley.delivery
    ADD COLUMN paced     smallint NOT NULL DEFAULT 0,
    ADD COLUMN chat_key  text,
    ADD COLUMN called_at timestamptz;

-- Receipts that name the message as we do, and echoes of what may be on its way just now. The table is as large as
-- what was ever sent; the migration runs while nothing is served.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX delivery_message ON parley.delivery (tenant, message);
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX delivery_chat ON parley.delivery (tenant, channel, chat_key, position) WHERE chat_key IS NOT NULL;
