-- Bots that have dialogs: what they are still to be told, and the call that is running. Rules: processors/bots.py.

-- One row a dialog that is with a bot; it goes when the bot's turn ends. All numbers are positions in the lane:
-- `started` = where the turn began, `heard` = the customer's last message, `told` = what the bot knows,
-- `asking` = up to where the call that is being tried tells.
CREATE TABLE parley.bot_turn (
    tenant     text        NOT NULL,
    dialog     text        NOT NULL,
    lane       smallint    NOT NULL,
    bot        text        NOT NULL,
    started    bigint      NOT NULL,
    heard      bigint      NOT NULL,
    told       bigint      NOT NULL DEFAULT 0,
    asking     bigint      NOT NULL DEFAULT 0,
    attempts   bigint      NOT NULL DEFAULT 0,
    next_at    timestamptz NOT NULL,
    called_at  timestamptz,
    call_until timestamptz,
    PRIMARY KEY (tenant, dialog)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

CREATE INDEX bot_turn_due ON parley.bot_turn (lane, next_at) WHERE heard > told;

GRANT SELECT, INSERT, UPDATE, DELETE ON parley.bot_turn TO parley_app;

-- A bot speaks for itself only: its token opens nothing but its own dialogs.
-- squawk-ignore ban-drop-constraint
ALTER TABLE parley.token DROP CONSTRAINT token_role_check;
ALTER TABLE parley.token
    ADD CONSTRAINT token_role_check CHECK (role IN ('admin', 'supervisor', 'agent', 'manager', 'bot')) NOT VALID;
