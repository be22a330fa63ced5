UPDATE users SET last_login_at = now() WHERE id = 42
UPDATE users SET email = 'a@example.org', updated_at = now() WHERE id = 42 RETURNING id, email
UPDATE orders SET status = 'shipped' WHERE id IN (1, 2, 3)
UPDATE orders SET status = 'cancelled' WHERE id = ANY(ARRAY[5, 6, 7])
UPDATE orders SET status = 'cancelled' WHERE id = ANY('{5,6,7}'::int[])
UPDATE orders SET status = 'paid', paid_at = now() WHERE number = 'SO-1001' AND status = 'open'
UPDATE orders SET total = total + 5 WHERE id = 9
UPDATE orders o SET total = (SELECT sum(price * quantity) FROM order_items i WHERE i.order_id = o.id) WHERE o.id = 9
UPDATE products SET stock = stock - 1 WHERE sku = 'AB-12' AND stock >= 1
UPDATE products SET price = round(price * 1.05, 2) WHERE category_id = 7
UPDATE products SET discontinued = true WHERE supplier_id = 3 AND NOT discontinued
UPDATE accounts SET balance = balance - 100.00 WHERE id = 1
UPDATE accounts SET locked = true, locked_reason = 'abuse' WHERE lower(email) = 'x@example.org'
UPDATE sessions SET revoked_at = now() WHERE user_id = 42 AND revoked_at IS NULL
UPDATE jobs SET state = 'queued', attempts = attempts + 1 WHERE state = 'failed' AND attempts < 5
UPDATE jobs SET state = 'failed' WHERE state = 'running' AND heartbeat_at < now() - interval '5 minutes'
UPDATE jobs SET locked_by = 'w1', locked_at = now() WHERE id = (SELECT id FROM jobs WHERE state = 'queued' ORDER BY priority DESC, id FOR UPDATE SKIP LOCKED LIMIT 1) RETURNING *
UPDATE jobs SET state = 'running' WHERE id IN (SELECT id FROM jobs WHERE state = 'queued' AND run_at <= now() ORDER BY run_at LIMIT 20 FOR UPDATE SKIP LOCKED) RETURNING id
WITH next AS (SELECT id FROM jobs WHERE state = 'queued' ORDER BY id LIMIT 10 FOR UPDATE SKIP LOCKED) UPDATE jobs j SET state = 'running' FROM next WHERE j.id = next.id RETURNING j.*
DELETE FROM queue WHERE id = (SELECT id FROM queue ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1) RETURNING payload
DELETE FROM sessions WHERE expires_at < now()
DELETE FROM sessions WHERE expires_at < now() - interval '7 days'
DELETE FROM sessions WHERE token = 'f3a9'
DELETE FROM audit_log WHERE created_at < '2024-01-01'
DELETE FROM audit_log WHERE created_at < timestamp '2024-01-01 00:00:00'
DELETE FROM audit_log WHERE created_at >= '2024-01-01' AND created_at < '2024-02-01'
DELETE FROM events WHERE happened_at BETWEEN '2024-03-01' AND '2024-03-31'
DELETE FROM events WHERE ctid IN (SELECT ctid FROM events WHERE happened_at < now() - interval '90 days' LIMIT 10000)
WITH batch AS (SELECT id FROM events WHERE happened_at < '2024-01-01' LIMIT 5000) DELETE FROM events USING batch WHERE events.id = batch.id
DELETE FROM cart_items WHERE cart_id = 77 AND product_id = 5
DELETE FROM cart_items ci USING carts c WHERE c.id = ci.cart_id AND c.abandoned_at < now() - interval '30 days'
DELETE FROM order_items WHERE order_id IN (SELECT id FROM orders WHERE customer_id = 12)
DELETE FROM tags t USING posts p WHERE p.id = t.post_id AND p.slug = 'hello-world'
DELETE FROM memberships WHERE (user_id, group_id) = (4, 9)
DELETE FROM memberships WHERE (user_id, group_id) IN ((4, 9), (4, 10))
DELETE FROM notifications WHERE user_id = 42 AND read_at IS NOT NULL
DELETE FROM password_resets WHERE email = 'x@example.org' OR expires_at < now()
DELETE FROM attachments WHERE message_id = '6f1c2a52-8a2e-4d3b-9e3f-0e1f0e3a4b5c'::uuid
DELETE FROM feature_flags WHERE name LIKE 'beta_checkout%'
DELETE FROM users WHERE email LIKE '%@spam.example'
UPDATE users SET deleted_at = now() WHERE id = 42 AND deleted_at IS NULL
UPDATE users SET role = 'member' WHERE role IS NULL
UPDATE users SET plan = 'free' WHERE trial_ends_at < current_date AND plan = 'trial'
UPDATE users SET settings = jsonb_set(settings, '{theme}', '"dark"') WHERE id = 42
UPDATE users SET settings = settings - 'beta' WHERE settings->>'beta' = 'true'
UPDATE documents SET archived = true WHERE metadata @> '{"project": "apollo"}'
UPDATE documents SET tags = array_append(tags, 'old') WHERE tags @> ARRAY['2019'] AND owner_id = 3
UPDATE documents SET version = version + 1, body = 'x' WHERE id = 5 AND version = 12
UPDATE invoices i SET status = 'overdue' FROM customers c WHERE c.id = i.customer_id AND c.country = 'NL' AND i.due_date < current_date
UPDATE invoices SET reminder_sent_at = now() WHERE due_date = current_date - 14
UPDATE prices p SET amount = v.amount FROM (VALUES (1, 9.95), (2, 19.95)) AS v(id, amount) WHERE v.id = p.id
UPDATE prices SET amount = u.amount FROM unnest(ARRAY[1, 2], ARRAY[9.95, 19.95]) AS u(id, amount) WHERE prices.id = u.id
UPDATE inventory SET reserved = reserved - r.quantity FROM reservations r WHERE r.sku = inventory.sku AND r.id = 311
UPDATE subscriptions SET renews_at = renews_at + interval '1 month' WHERE renews_at::date = current_date AND status = 'active'
UPDATE shipments SET eta = '2026-12-01' WHERE carrier = 'ups' AND tracking_number IN ('1Z1', '1Z2')
UPDATE employees SET manager_id = 8 WHERE manager_id = 3 AND department_id IN (SELECT id FROM departments WHERE name = 'Sales')
UPDATE posts SET views = views + 1 WHERE slug = 'hello-world'
UPDATE posts SET published = false WHERE author_id = 9 AND published
UPDATE devices SET online = false WHERE last_seen < now() - interval '10 minutes' AND online = true
UPDATE counters SET value = value + 1 WHERE name = 'page_views' RETURNING value
UPDATE orders SET assigned_to = 5 WHERE id BETWEEN 1000 AND 1099
UPDATE rooms SET status = 'free' WHERE building = 'B' AND floor = 2
INSERT INTO users (email, name) VALUES ('a@example.org', 'A') RETURNING id
INSERT INTO users (id, email) VALUES (1, 'a@example.org') ON CONFLICT (id) DO UPDATE SET email = excluded.email
INSERT INTO counters (name, value) VALUES ('page_views', 1) ON CONFLICT (name) DO UPDATE SET value = counters.value + 1
INSERT INTO tags (post_id, tag) SELECT 7, unnest(ARRAY['a', 'b']) ON CONFLICT DO NOTHING
INSERT INTO daily_totals (day, total) SELECT date_trunc('day', created_at), sum(total) FROM orders WHERE created_at >= '2026-11-01' GROUP BY 1 ON CONFLICT (day) DO UPDATE SET total = excluded.total
INSERT INTO events (kind, payload) VALUES ('login', '{"ip": "10.0.0.1"}')
INSERT INTO archive SELECT * FROM events WHERE happened_at < '2024-01-01'
WITH moved AS (DELETE FROM inbox WHERE received_at < now() - interval '1 year' RETURNING *) INSERT INTO inbox_archive SELECT * FROM moved
WITH RECURSIVE tree AS (SELECT id FROM folders WHERE id = 12 UNION ALL SELECT f.id FROM folders f JOIN tree ON f.parent_id = tree.id) DELETE FROM folders WHERE id IN (SELECT id FROM tree)
MERGE INTO stock s USING (VALUES ('AB-12', 5)) AS v(sku, quantity) ON s.sku = v.sku WHEN MATCHED THEN UPDATE SET quantity = s.quantity + v.quantity WHEN NOT MATCHED THEN INSERT VALUES (v.sku, v.quantity)
DELETE FROM sessions s WHERE EXISTS (SELECT 1 FROM users u WHERE u.id = s.user_id AND u.banned_at > now() - interval '1 day')
SELECT id FROM jobs WHERE state = 'queued' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
SELECT * FROM orders WHERE customer_id = 12 ORDER BY id DESC LIMIT 50
CREATE TABLE IF NOT EXISTS notes (id bigint PRIMARY KEY, body text)
ALTER TABLE notes ADD COLUMN created_at timestamptz
CREATE INDEX CONCURRENTLY notes_created ON notes (created_at)
COMMENT ON TABLE notes IS 'x'
SELECT nextval('orders_id_seq')
