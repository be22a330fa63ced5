UPDATE users SET last_login_at = NOW() WHERE id = 42
UPDATE `users` SET `email` = 'a@example.org' WHERE `users`.`id` = 42 LIMIT 1
UPDATE shop.users SET name = "A" WHERE shop.users.id = 42
UPDATE orders SET status = 'shipped' WHERE id IN (1, 2, 3)
UPDATE orders SET status = 'paid', paid_at = NOW() WHERE number = 'SO-1001' AND status = 'open'
UPDATE orders SET status = 'cancelled' WHERE status = 'open' AND created_at < NOW() - INTERVAL 30 DAY
UPDATE orders SET status = 'expired' WHERE created_at < DATE_SUB(NOW(), INTERVAL 2 DAY) AND status = 'pending'
UPDATE orders SET total = total + 5 WHERE id = 9
UPDATE orders o SET o.total = (SELECT SUM(price * quantity) FROM order_items i WHERE i.order_id = o.id) WHERE o.id = 9
UPDATE orders o JOIN customers c ON c.id = o.customer_id SET o.country = c.country WHERE c.id = 12
UPDATE orders AS o INNER JOIN customers AS c ON c.id = o.customer_id SET o.priority = 1 WHERE c.tier = 'gold' AND o.status = 'open'
UPDATE orders o LEFT JOIN payments p ON p.order_id = o.id SET o.status = 'unpaid' WHERE o.created_at < '2026-01-01' AND p.id IS NULL
UPDATE products SET stock = stock - 1 WHERE sku = 'AB-12' AND stock > 0
UPDATE products SET price = ROUND(price * 1.05, 2) WHERE category_id = 7
UPDATE products SET name = CONCAT(name, ' (old)') WHERE supplier_id = 3 AND discontinued_at IS NULL
UPDATE accounts SET balance = balance - 100.00 WHERE id = 1
UPDATE accounts SET locked = 1 WHERE LOWER(email) = 'x@example.org'
UPDATE sessions SET revoked_at = NOW() WHERE user_id = 42 AND revoked_at IS NULL
UPDATE jobs SET state = 'queued', attempts = attempts + 1 WHERE state = 'failed' AND attempts < 5
UPDATE jobs SET worker = 'w1', reserved_at = UNIX_TIMESTAMP() WHERE queue = 'default' AND reserved_at IS NULL ORDER BY id LIMIT 1
UPDATE jobs SET state = 'failed' WHERE state = 'running' AND heartbeat_at < NOW() - INTERVAL 5 MINUTE LIMIT 500
UPDATE LOW_PRIORITY stats SET hits = hits + 1 WHERE day = CURRENT_DATE AND page = '/home'
UPDATE counters SET value = LAST_INSERT_ID(value + 1) WHERE name = 'invoice'
UPDATE users SET deleted_at = NOW() WHERE id = 42
UPDATE users SET settings = JSON_SET(settings, '$.theme', 'dark') WHERE id = 42
UPDATE users SET plan = 'free' WHERE settings->>'$.plan' = 'trial' AND trial_ends_at < CURDATE()
UPDATE users SET role = 'member' WHERE role IS NULL
UPDATE users SET is_active = 0 WHERE last_seen_at < '2024-01-01 00:00:00'
UPDATE posts SET views = views + 1 WHERE slug = 'hello-world'
UPDATE posts SET status = CASE WHEN published_at IS NULL THEN 'draft' ELSE 'live' END WHERE author_id = 9
UPDATE documents SET version = version + 1, body = 'x' WHERE id = 5 AND version = 12
UPDATE invoices SET reminded = 1 WHERE due_date = CURDATE() - INTERVAL 14 DAY
UPDATE t_prices p JOIN (SELECT 1 AS id, 9.95 AS amount UNION ALL SELECT 2, 19.95) v ON v.id = p.id SET p.amount = v.amount
UPDATE shipments SET eta = '2026-12-01' WHERE carrier = 'ups' AND tracking IN ('1Z1', '1Z2')
UPDATE employees SET manager_id = 8 WHERE manager_id = 3 AND department_id IN (SELECT id FROM departments WHERE name = 'Sales')
UPDATE wp_options SET option_value = 'x' WHERE option_name = 'siteurl'
UPDATE wp_posts SET post_status = 'publish' WHERE post_type = 'post' AND ID BETWEEN 100 AND 120
UPDATE devices USE INDEX (by_seen) SET online = 0 WHERE last_seen < NOW() - INTERVAL 10 MINUTE
DELETE FROM sessions WHERE expires_at < NOW()
DELETE FROM sessions WHERE last_activity < UNIX_TIMESTAMP() - 7200
DELETE FROM sessions WHERE id = 'f3a9c1'
DELETE FROM audit_log WHERE created_at < '2024-01-01' ORDER BY id LIMIT 10000
DELETE FROM audit_log WHERE created_at >= '2024-01-01' AND created_at < '2024-02-01'
DELETE FROM events PARTITION (p2024) WHERE happened_at < '2024-06-01'
DELETE FROM events WHERE happened_at BETWEEN '2024-03-01' AND '2024-03-31'
DELETE QUICK FROM cache WHERE expiry < NOW()
DELETE FROM cart_items WHERE cart_id = 77 AND product_id = 5
DELETE ci FROM cart_items ci JOIN carts c ON c.id = ci.cart_id WHERE c.abandoned_at < NOW() - INTERVAL 30 DAY
DELETE FROM ci USING cart_items AS ci INNER JOIN carts AS c ON c.id = ci.cart_id WHERE c.id = 5
DELETE o, i FROM orders o JOIN order_items i ON i.order_id = o.id WHERE o.id = 55
DELETE FROM order_items WHERE order_id IN (SELECT id FROM orders WHERE customer_id = 12)
DELETE FROM memberships WHERE (user_id, group_id) IN ((4, 9), (4, 10))
DELETE FROM notifications WHERE user_id = 42 AND read_at IS NOT NULL
DELETE FROM password_resets WHERE email = 'x@example.org' OR expires_at < NOW()
DELETE FROM queue WHERE id IN (SELECT id FROM (SELECT id FROM queue ORDER BY id LIMIT 10) AS first)
DELETE FROM feature_flags WHERE name LIKE 'beta_checkout%'
DELETE FROM users WHERE email LIKE '%@spam.example'
DELETE FROM tokens WHERE token = UNHEX('aabb') AND user_id = @user
DELETE FROM tokens WHERE uuid = UUID_TO_BIN('6f1c2a52-8a2e-4d3b-9e3f-0e1f0e3a4b5c')
DELETE FROM comments WHERE post_id = 5 AND (status = 'spam' OR author_ip = '10.0.0.1')
DELETE s FROM sessions s WHERE EXISTS (SELECT 1 FROM users u WHERE u.id = s.user_id AND u.banned_at > NOW() - INTERVAL 1 DAY)
WITH old AS (SELECT id FROM events WHERE happened_at < '2024-01-01' LIMIT 5000) DELETE FROM events WHERE id IN (SELECT id FROM old)
INSERT INTO users (email, name) VALUES ('a@example.org', 'A')
INSERT INTO users VALUES (1, 'a'), (2, 'b')
INSERT IGNORE INTO tags (post_id, tag) VALUES (7, 'a'), (7, 'b')
INSERT INTO counters (name, value) VALUES ('page_views', 1) ON DUPLICATE KEY UPDATE value = value + 1
INSERT INTO counters (name, value) VALUES ('a', 1), ('b', 2) AS new ON DUPLICATE KEY UPDATE value = new.value
INSERT INTO counters SET name = 'a', value = 1 ON DUPLICATE KEY UPDATE value = VALUES(value)
INSERT INTO daily_totals (day, total) SELECT DATE(created_at), SUM(total) FROM orders WHERE created_at >= '2026-11-01' GROUP BY 1 ON DUPLICATE KEY UPDATE total = VALUES(total)
INSERT INTO archive SELECT * FROM events WHERE happened_at < '2024-01-01'
REPLACE INTO settings (name, value) VALUES ('theme', 'dark')
REPLACE INTO settings SET name = 'theme', value = 'dark'
SELECT id FROM jobs WHERE state = 'queued' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
SELECT * FROM orders WHERE customer_id = 12 ORDER BY id DESC LIMIT 50
CREATE TABLE IF NOT EXISTS notes (id BIGINT PRIMARY KEY AUTO_INCREMENT, body TEXT)
ALTER TABLE notes ADD COLUMN created_at DATETIME NULL, ALGORITHM = INPLACE, LOCK = NONE
ALTER TABLE notes ADD INDEX by_created (created_at)
CREATE INDEX by_body ON notes (body(20))
SET time_zone = '+00:00'
