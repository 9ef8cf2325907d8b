-- Outbound events.  Everything here but subscriptions, secrets and attempts can be made anew from the feed.

CREATE SCHEMA webhooks;
GRANT USAGE ON SCHEMA webhooks TO mianzheng_writer, mianzheng_reader;

CREATE TABLE webhooks.subscription (
    id          uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    owner       text        NOT NULL,
    items       text[]      NOT NULL,
    departments text[]      NOT NULL,
    taken_in_by text[]      NOT NULL,
    url         text        NOT NULL,
    types       text[]      NOT NULL,
    state       text        NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'revoked')),
    reason      text,
    from_index  bigint      NOT NULL,
    rests_until timestamptz,
    created_at  timestamptz NOT NULL,
    changed_at  timestamptz NOT NULL
);

CREATE INDEX subscription_owner ON webhooks.subscription (owner);

COMMENT ON TABLE webhooks.subscription IS
    'Cases of these items, decided by these departments, or taken in by these.  types empty: every public event.
     rests_until: the receiver asked for a pause (Retry-After).  Revoked ones stay: deliveries name them.';

CREATE TABLE webhooks.secret (
    id              uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    subscription_id uuid        NOT NULL REFERENCES webhooks.subscription,
    sealed          bytea       NOT NULL,
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz
);

CREATE INDEX secret_subscription ON webhooks.secret (subscription_id, created_at);

COMMENT ON TABLE webhooks.secret IS
    'Signing secrets, AES-256-GCM under a key that the database never sees; several hold while one replaces another.';

CREATE TABLE webhooks.case_scope (
    application_no text PRIMARY KEY,
    item_code      text NOT NULL,
    department     text,
    taken_in_by    text
);

COMMENT ON TABLE webhooks.case_scope IS 'What decides who is told of a case; a projection of the feed.';

CREATE TABLE webhooks.delivery (
    subscription_id uuid        NOT NULL REFERENCES webhooks.subscription,
    index           bigint      NOT NULL REFERENCES ledger.leaf,
    application_no  text        NOT NULL,
    state           text        NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dead')),
    tries           integer     NOT NULL DEFAULT 0,
    first_tried_at  timestamptz,
    ended_at        timestamptz,
    PRIMARY KEY (subscription_id, index)
);

CREATE INDEX delivery_pending ON webhooks.delivery (subscription_id, application_no, index) WHERE state = 'pending';
CREATE INDEX delivery_dead ON webhooks.delivery (subscription_id, index) WHERE state = 'dead';

CREATE TABLE webhooks.lane (
    subscription_id uuid        NOT NULL REFERENCES webhooks.subscription,
    application_no  text        NOT NULL,
    pending         integer     NOT NULL CHECK (pending >= 0),
    next_at         timestamptz NOT NULL,
    leased_until    timestamptz,
    PRIMARY KEY (subscription_id, application_no)
);

CREATE INDEX lane_next ON webhooks.lane (subscription_id, next_at) WHERE pending > 0;
CREATE INDEX lane_leased ON webhooks.lane (subscription_id, leased_until) WHERE leased_until IS NOT NULL;

COMMENT ON TABLE webhooks.lane IS
    'The events of one case for one subscription go out one after another; cases do not wait for each other.';

CREATE TABLE webhooks.attempt (
    id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subscription_id uuid        NOT NULL REFERENCES webhooks.subscription,
    index           bigint,
    at              timestamptz NOT NULL,
    milliseconds    integer     NOT NULL,
    status          integer,
    error           text
);

CREATE INDEX attempt_delivery ON webhooks.attempt (subscription_id, index, id);

COMMENT ON TABLE webhooks.attempt IS 'index null: a test that its owner asked for.  error: a stable class, no text of others.';

GRANT SELECT, INSERT, UPDATE ON webhooks.subscription, webhooks.delivery, webhooks.lane, webhooks.case_scope
    TO mianzheng_writer;
GRANT SELECT, INSERT, UPDATE (expires_at) ON webhooks.secret TO mianzheng_writer;
GRANT SELECT, INSERT ON webhooks.attempt TO mianzheng_writer;
GRANT SELECT ON webhooks.subscription, webhooks.delivery, webhooks.lane, webhooks.case_scope, webhooks.attempt
    TO mianzheng_reader;
