-- Texts and calls: what providers reported, what people answered by phone. The providers stand in settings, sealed.

-- A provider's word about a message that it took. `wake_at` while it came before the sender stored its own outcome.
CREATE TABLE phone_receipts (
  provider text NOT NULL,
  sid text NOT NULL,
  status text NOT NULL,
  notification_id uuid NOT NULL,
  detail text,
  at timestamptz NOT NULL,
  wake_at timestamptz,
  PRIMARY KEY (provider, sid, status)
);
CREATE INDEX phone_receipts_due ON phone_receipts (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX phone_receipts_at ON phone_receipts (at);

-- An answer by text or key, once: providers ask again when they did not hear us.
CREATE TABLE phone_replies (
  provider text NOT NULL,
  sid text NOT NULL,
  notification_id uuid,
  user_id uuid,
  wish text,
  answer text,
  at timestamptz NOT NULL,
  PRIMARY KEY (provider, sid)
);
CREATE INDEX phone_replies_notification ON phone_replies (notification_id) WHERE notification_id IS NOT NULL;
CREATE INDEX phone_replies_at ON phone_replies (at);

-- Codes and tests of the last day: what the toll-fraud guard counts.
CREATE INDEX notifications_tests ON notifications (created_at) WHERE kind = 'test';
-- Pages by phone of the last hour.
CREATE INDEX notifications_by_phone ON notifications (sent_at) WHERE channel IN ('sms', 'voice') AND sent_at IS NOT NULL;
