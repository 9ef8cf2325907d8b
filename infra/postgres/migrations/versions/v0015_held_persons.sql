-- A hold on a person keeps also the rows of the access record that name him and no case.

-- The rows of a class that may go: older than p_before, of no case and no person in p_held; the oldest p_limit.
-- No number of a case is a pseudonym (s_…), so the two stand in one list.
CREATE OR REPLACE FUNCTION access.purgeable(p_class text, p_before timestamptz, p_held text[], p_limit bigint)
    RETURNS TABLE (place bigint, id text, hash bytea)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
BEGIN
    CASE p_class
    WHEN 'access_record' THEN RETURN QUERY
        SELECT row_number() OVER (ORDER BY e.at, e.entry_id), e.entry_id::text,
               sha256(convert_to(row_to_json(e)::text, 'UTF8'))
        FROM (
            SELECT * FROM access.entry x
            WHERE x.at < p_before AND (x.application_no IS NULL OR x.application_no <> ALL (p_held))
              AND (x.subject_ref IS NULL OR x.subject_ref <> ALL (p_held))
            ORDER BY x.at, x.entry_id LIMIT p_limit
        ) AS e;
    WHEN 'deliveries' THEN RETURN QUERY
        SELECT row_number() OVER (ORDER BY d.ended_at, d.subscription_id, d.index),
               d.subscription_id || '/' || d.index, sha256(convert_to(row_to_json(d)::text, 'UTF8'))
        FROM (
            SELECT * FROM webhooks.delivery x
            WHERE x.state <> 'pending' AND x.ended_at < p_before AND x.application_no <> ALL (p_held)
            ORDER BY x.ended_at, x.subscription_id, x.index LIMIT p_limit
        ) AS d;
    WHEN 'inbox' THEN RETURN QUERY
        SELECT row_number() OVER (ORDER BY m.decided_at, m.platform, m.message_id), m.platform || '/' || m.message_id,
               sha256(convert_to(row_to_json(m)::text, 'UTF8'))
        FROM (
            SELECT * FROM inbox.message x
            WHERE x.decided_at < p_before AND octet_length(x.sealed) > 0
              AND NOT EXISTS (
                  SELECT FROM ledger.event e WHERE e.stream = x.stream AND e.application_no = ANY (p_held)
              )
            ORDER BY x.decided_at, x.platform, x.message_id LIMIT p_limit
        ) AS m;
    ELSE
        RAISE EXCEPTION 'nothing is purged as %', p_class USING ERRCODE = 'MZ020';
    END CASE;
END $$;
