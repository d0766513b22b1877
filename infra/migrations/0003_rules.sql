-- What the rules look at beside the log: small facts, classes of the queue, and a quick way to all channels and groups.

-- Value = JSON. `tenant` is empty where a fact holds across all tenants: whose an external account is.
CREATE TABLE parley.fact (
    tenant text  NOT NULL,
    kind   text  NOT NULL CHECK (kind IN ('bot', 'entitlement', 'owner', 'quarantined')),
    key    text  NOT NULL,
    value  jsonb NOT NULL,
    PRIMARY KEY (tenant, kind, key)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON parley.fact TO parley_app;

-- Dialogs that ask for the same skills and weight: a class that nobody can serve is passed over without reading it.
ALTER TABLE parley.queue ADD COLUMN class text NOT NULL DEFAULT '1';
UPDATE parley.queue SET class = array_to_string(ARRAY['1'] || skills, '|');
-- Rows of the queue are derived from the heads and read by this release alone.
-- squawk-ignore ban-drop-column
ALTER TABLE parley.queue DROP COLUMN skills;

-- The heads of settings are few among those of many dialogs.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX head_settings ON parley.head (tenant, stream) WHERE stream LIKE 'channel-%' OR stream LIKE 'group-%';
