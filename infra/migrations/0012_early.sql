-- What providers told of a message of ours before their answer to our call was written down: by the keyed hash of their
-- id for it. Whoever writes the answer down takes the row; the sweep removes what nobody took.
CREATE TABLE parley.early (
    tenant       text        NOT NULL,
    channel      text        NOT NULL,
    external_key text        NOT NULL,
    result       text        NOT NULL,
    code         text        NOT NULL,
    command_key  text        NOT NULL,
    seen_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant, channel, external_key, result)
);

GRANT SELECT, INSERT, DELETE ON parley.early TO parley_app;
