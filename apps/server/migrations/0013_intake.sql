-- What a flush of intake stands on when it is one statement, and what it need not write any more.

-- Fails a statement that was decided by what is no longer so; the caller reads and decides again (SQLSTATE TC001).
CREATE FUNCTION decide_again(reason text) RETURNS integer LANGUAGE plpgsql AS
$$BEGIN RAISE EXCEPTION USING ERRCODE = 'TC001', MESSAGE = reason; END$$;

-- Lists go by id: UUIDv7 is the order of opening.
DROP INDEX alerts_opened;
DROP INDEX alerts_past_opened;

-- The request that opened the alert. Its `opened` changes stand together in entries of the log whose subject is that
-- request ({"kind":"opened","alerts":{"<alert id>":[startsAtMs, severity], …}}, at most 64 in one): an entry for each
-- alert, with its two index rows and its seal, was a third of what an alert cost PostgreSQL.
ALTER TABLE alerts ADD COLUMN payload_id uuid;
ALTER TABLE alerts_past ADD COLUMN payload_id uuid;

-- The stored changes of alerts, each as if it stood by itself.
CREATE FUNCTION alert_facts(ids uuid[])
  RETURNS TABLE (subject uuid, xid xid8, id bigint, at timestamptz, kind text, payload json) LANGUAGE sql STABLE AS $$
  SELECT e.subject, e.xid, e.id, e.at, e.kind, e.payload FROM alert_events e WHERE e.subject = ANY(ids)
  UNION ALL
  SELECT a.id, e.xid, e.id, e.at, e.kind,
         json_build_object('kind', e.kind, 'startsAtMs', e.payload -> 'alerts' -> a.id::text -> 0,
                           'severity', e.payload -> 'alerts' -> a.id::text -> 1, 'payloadId', a.payload_id)
    FROM (SELECT alerts.id, payload_id FROM alerts WHERE alerts.id = ANY(ids)
          UNION ALL SELECT p.id, p.payload_id FROM alerts_past p WHERE p.id = ANY(ids)) a
    JOIN alert_events e ON e.subject = a.payload_id AND e.kind = 'opened'
   WHERE e.payload -> 'alerts' -> a.id::text IS NOT NULL
$$;
