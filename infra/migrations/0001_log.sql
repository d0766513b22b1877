-- The log and the rows that the append transaction keeps beside it.
-- Run by the owner role; the application role may only do what is granted at the end.

CREATE SCHEMA parley;
CREATE SCHEMA view;

-- One row a fact. Positions are gap-free per lane, versions gap-free per stream.
CREATE TABLE parley.event (
    lane        smallint    NOT NULL,
    position    bigint      NOT NULL,
    tenant      text        NOT NULL,
    stream      text        NOT NULL,
    version     bigint      NOT NULL,
    kind        text        NOT NULL,
    schema      integer     NOT NULL,
    event_id    uuid        NOT NULL,
    recorded_at timestamptz NOT NULL,
    command_key text,
    meta        bytea       NOT NULL,
    data        bytea       NOT NULL,
    PRIMARY KEY (lane, position),
    UNIQUE (tenant, stream, version)
) WITH (autovacuum_freeze_min_age = 0, autovacuum_vacuum_insert_scale_factor = 0.02);

-- The folded state of every live stream. Holds no plaintext. `shape` = a hash of the state's fields and defaults:
-- a head of another shape than the code's is not believed but folded anew from its events.
CREATE TABLE parley.head (
    tenant  text   NOT NULL,
    stream  text   NOT NULL,
    version bigint NOT NULL,
    shape   text   NOT NULL,
    state   bytea  NOT NULL,
    PRIMARY KEY (tenant, stream)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);

-- The last dialog between a channel and a customer: two first messages at once make one dialog.
CREATE TABLE parley.conversation (
    tenant   text    NOT NULL,
    channel  text    NOT NULL,
    customer text    NOT NULL,
    session  integer NOT NULL,
    dialog   text    NOT NULL,
    open     boolean NOT NULL,
    PRIMARY KEY (tenant, channel, customer)
);
CREATE INDEX conversation_open ON parley.conversation (tenant, channel) WHERE open;

-- Erasable: the only way from a keyed hash of an external id to a customer.
CREATE TABLE parley.directory (
    tenant         text NOT NULL,
    namespace      text NOT NULL,
    external_key   text NOT NULL,
    customer       text NOT NULL,
    subject_key_id text NOT NULL,
    PRIMARY KEY (tenant, namespace, external_key)
);

-- One key a customer, wrapped by the master key. Erasing a customer is destroying this row's key.
CREATE TABLE parley.customer_key (
    tenant     text        NOT NULL,
    key_id     text        NOT NULL,
    wrapped    bytea,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz,
    PRIMARY KEY (tenant, key_id)
);

-- One row a command, also for those that caused nothing: a repeated key hears the first answer.
CREATE TABLE parley.command_result (
    tenant         text        NOT NULL,
    key            text        NOT NULL,
    outcome        bytea       NOT NULL,
    first_position bigint,
    last_position  bigint,
    recorded_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant, key)
);

-- Dialogs that wait in a group, in the order in which they are offered.
CREATE TABLE parley.queue (
    tenant          text    NOT NULL,
    grp             text    NOT NULL,
    dialog          text    NOT NULL,
    priority        integer NOT NULL,
    queued_position bigint  NOT NULL,
    skills          text[]  NOT NULL,
    PRIMARY KEY (tenant, dialog)
);
CREATE INDEX queue_order ON parley.queue (tenant, grp, priority DESC, queued_position);

-- Pending offers by agent.
CREATE TABLE parley.offer (
    tenant text NOT NULL,
    agent  text NOT NULL,
    dialog text NOT NULL,
    PRIMARY KEY (tenant, agent, dialog)
);
CREATE INDEX offer_dialog ON parley.offer (tenant, dialog);

-- Members by agent: which groups to look at when an agent changes.
CREATE TABLE parley.member (
    tenant text NOT NULL,
    grp    text NOT NULL,
    agent  text NOT NULL,
    PRIMARY KEY (tenant, agent, grp)
);
CREATE INDEX member_group ON parley.member (tenant, grp);

-- One row an open dialog. A message never touches it: what is due is computed when the row is looked at.
CREATE TABLE parley.timer (
    lane     smallint    NOT NULL,
    tenant   text        NOT NULL,
    stream   text        NOT NULL,
    check_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, stream)
) WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);
CREATE INDEX timer_due ON parley.timer (lane, check_at);

-- What processors have to look at. Cleared in the transaction of the decision.
CREATE TABLE parley.dirty (
    lane      smallint NOT NULL,
    processor text     NOT NULL,
    tenant    text     NOT NULL,
    key       text     NOT NULL,
    marked    bigint   NOT NULL,
    PRIMARY KEY (lane, processor, tenant, key)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);

-- received = routed + duplicate + quarantined + ignored + rejected, always.
CREATE TABLE parley.intake_count (
    tenant  text   NOT NULL,
    channel text   NOT NULL,
    outcome text   NOT NULL,
    n       bigint NOT NULL,
    PRIMARY KEY (tenant, channel, outcome)
) WITH (fillfactor = 50);

-- How far each reader of the log is, per lane; moved in the transaction of its effect.
CREATE TABLE parley.tracking (
    consumer text     NOT NULL,
    lane     smallint NOT NULL,
    position bigint   NOT NULL,
    PRIMARY KEY (consumer, lane)
) WITH (fillfactor = 50);

-- The same for readers of topics. `incarnation` = the topic's id at the broker: a recreated topic starts at 0.
CREATE TABLE parley.topic_position (
    consumer    text    NOT NULL,
    topic       text    NOT NULL,
    incarnation text    NOT NULL,
    partition   integer NOT NULL,
    next_offset bigint  NOT NULL,
    PRIMARY KEY (consumer, topic, incarnation, partition)
) WITH (fillfactor = 50);

-- The last version of each stream that a reader of topics has applied: repeats change nothing, holes are seen.
CREATE TABLE parley.applied (
    consumer text   NOT NULL,
    tenant   text   NOT NULL,
    stream   text   NOT NULL,
    version  bigint NOT NULL,
    PRIMARY KEY (consumer, tenant, stream)
) WITH (fillfactor = 70);

-- Events that a reader could not handle, with those of the same stream behind them, in order, until they are retried.
CREATE TABLE parley.parked (
    consumer   text        NOT NULL,
    tenant     text        NOT NULL,
    stream     text        NOT NULL,
    version    bigint      NOT NULL,
    lane       smallint    NOT NULL,
    position   bigint      NOT NULL,
    error      text        NOT NULL,
    attempts   integer     NOT NULL DEFAULT 0,
    first_seen timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (consumer, tenant, stream, version)
);

-- A tenant lives in one lane. `blind_key` hashes external ids; a played tenant has a clock of its own.
CREATE TABLE parley.tenant (
    tenant      text     PRIMARY KEY,
    lane        smallint NOT NULL,
    blind_key   bytea    NOT NULL,
    virtual_now timestamptz,
    facts       jsonb    NOT NULL DEFAULT '{}'
);

-- Bearer tokens: only the hash of the secret part is stored.
CREATE TABLE parley.token (
    id         text        PRIMARY KEY,
    tenant     text        NOT NULL,
    hash       bytea       NOT NULL,
    role       text        NOT NULL CHECK (role IN ('admin', 'supervisor', 'agent')),
    actor      text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    revoked_at timestamptz
);

-- The vault of provider secrets, encrypted by the master key.
CREATE TABLE parley.secret (
    tenant text  NOT NULL,
    owner  text  NOT NULL,
    name   text  NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (tenant, owner, name)
);

-- Facts of the store as a whole. A store restored behind its copies gets a new epoch.
CREATE TABLE parley.store (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    epoch  text NOT NULL
);
INSERT INTO parley.store (epoch) VALUES (replace(gen_random_uuid()::text, '-', ''));

-- The one way into the log. Serial per lane, so that a reader who has seen a position has seen all before it.
-- p_first = the position that the caller computed under the lock; NULL = take the next. p_recorded_at NULL = now;
-- moments never go back within a lane.
CREATE FUNCTION parley.append(
    p_lane smallint, p_first bigint, p_recorded_at timestamptz, p_key_ids text[], p_tenant text,
    p_streams text[], p_versions bigint[], p_kinds text[], p_schemas integer[], p_ids uuid[],
    p_keys text[], p_metas bytea[], p_datas bytea[]
) RETURNS bigint LANGUAGE plpgsql SET search_path = parley, pg_catalog AS $append$
DECLARE
    v_first bigint;
    v_now timestamptz;
    v_wanted integer := coalesce(array_length(p_streams, 1), 0);
    v_inserted integer;
BEGIN
    PERFORM pg_advisory_xact_lock(7031, p_lane);
    SELECT position + 1, recorded_at INTO v_first, v_now FROM event WHERE lane = p_lane ORDER BY position DESC LIMIT 1;
    v_first := coalesce(v_first, 1);
    v_now := greatest(v_now, coalesce(p_recorded_at, clock_timestamp()));
    IF p_first IS NOT NULL AND p_first <> v_first THEN
        RAISE EXCEPTION 'append expected position % of lane % to be %', v_first, p_lane, p_first
            USING ERRCODE = 'serialization_failure';
    END IF;
    IF EXISTS (
        SELECT 1 FROM customer_key
        WHERE tenant = p_tenant AND key_id = ANY (p_key_ids) AND revoked_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'append names a revoked key' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO event (lane, position, tenant, stream, version, kind, schema, event_id, recorded_at,
                       command_key, meta, data)
    SELECT p_lane, v_first + one.ordinality - 1, p_tenant, one.stream, one.version, one.kind, one.schema,
           one.event_id, v_now, one.command_key, one.meta, one.data
    FROM unnest(p_streams, p_versions, p_kinds, p_schemas, p_ids, p_keys, p_metas, p_datas)
        WITH ORDINALITY AS one(stream, version, kind, schema, event_id, command_key, meta, data, ordinality);
    GET DIAGNOSTICS v_inserted = ROW_COUNT;
    IF v_inserted <> v_wanted THEN
        RAISE EXCEPTION 'append stored % of % events', v_inserted, v_wanted;
    END IF;
    RETURN v_first;
END;
$append$;

-- How a batch begins: the lane lock, then the clock, the lane's end and the answers given before, all as they are
-- under the lock (each statement of a volatile function sees what was committed before it). First row: the lane.
CREATE FUNCTION parley.begin_batch(p_lane smallint, p_tenants text[], p_keys text[])
RETURNS TABLE (
    clock timestamptz, last_position bigint, last_recorded_at timestamptz,
    known_tenant text, known_key text, known_outcome bytea, known_first bigint, known_last bigint
) LANGUAGE plpgsql SET search_path = parley, pg_catalog AS $begin$
BEGIN
    PERFORM pg_advisory_xact_lock(7031, p_lane);
    clock := clock_timestamp();
    SELECT position, recorded_at INTO last_position, last_recorded_at
    FROM event WHERE lane = p_lane ORDER BY position DESC LIMIT 1;
    RETURN NEXT;
    RETURN QUERY
    SELECT NULL::timestamptz, NULL::bigint, NULL::timestamptz,
           result.tenant, result.key, result.outcome, result.first_position, result.last_position
    FROM unnest(p_tenants, p_keys) AS asked(tenant, key)
    JOIN command_result AS result ON result.tenant = asked.tenant AND result.key = asked.key;
END;
$begin$;

-- What nearly every batch writes beside its events: heads, command results and the intake counters.
CREATE FUNCTION parley.keep_batch(
    p_tenant text, p_now timestamptz, p_streams text[], p_versions bigint[], p_shapes text[], p_states bytea[],
    p_keys text[], p_outcomes bytea[], p_firsts bigint[], p_lasts bigint[],
    p_channels text[], p_intakes text[], p_counts bigint[]
) RETURNS void LANGUAGE plpgsql SET search_path = parley, pg_catalog AS $keep$
BEGIN
    INSERT INTO head (tenant, stream, version, shape, state)
    SELECT p_tenant, new.stream, new.version, new.shape, new.state
    FROM unnest(p_streams, p_versions, p_shapes, p_states) AS new(stream, version, shape, state)
    ON CONFLICT (tenant, stream)
    DO UPDATE SET version = excluded.version, shape = excluded.shape, state = excluded.state;
    INSERT INTO command_result (tenant, key, outcome, first_position, last_position, recorded_at)
    SELECT p_tenant, new.key, new.outcome, new.first_position, new.last_position, p_now
    FROM unnest(p_keys, p_outcomes, p_firsts, p_lasts) AS new(key, outcome, first_position, last_position);
    IF array_length(p_channels, 1) IS NOT NULL THEN
        INSERT INTO intake_count AS old (tenant, channel, outcome, n)
        SELECT p_tenant, new.channel, new.outcome, new.n
        FROM unnest(p_channels, p_intakes, p_counts) AS new(channel, outcome, n)
        ON CONFLICT (tenant, channel, outcome) DO UPDATE SET n = old.n + excluded.n;
    END IF;
END;
$keep$;

DO $role$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'parley_app') THEN
        CREATE ROLE parley_app LOGIN;
    END IF;
END;
$role$;

GRANT USAGE ON SCHEMA parley, view TO parley_app;
GRANT SELECT, INSERT ON parley.event TO parley_app;
GRANT SELECT, INSERT ON parley.command_result TO parley_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON
    parley.head, parley.conversation, parley.directory, parley.customer_key, parley.queue, parley.offer,
    parley.member, parley.timer, parley.dirty, parley.intake_count, parley.tracking, parley.topic_position,
    parley.applied, parley.parked, parley.tenant, parley.token, parley.secret
    TO parley_app;
GRANT SELECT ON parley.store TO parley_app;
REVOKE ALL ON FUNCTION parley.append, parley.begin_batch, parley.keep_batch FROM PUBLIC;
GRANT EXECUTE ON FUNCTION parley.append, parley.begin_batch, parley.keep_batch TO parley_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA view GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON TABLES TO parley_app;
