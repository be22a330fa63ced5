DELETE FROM sessions WHERE expires_at < NOW() RETURNING id
INSERT INTO users (email) VALUES ('a@example.org') RETURNING id
UPDATE prices FOR PORTION OF valid FROM '2026-01-01' TO '2026-02-01' SET amount = 5 WHERE product_id = 3
DELETE FROM t1 WHERE id = NVL(NULL, 5)
SELECT NEXT VALUE FOR invoice_numbers
DELETE jobs FROM jobs JOIN queues USING (queue_id) WHERE queues.name = 'mail' AND jobs.state = 'done'
UPDATE accounts SET token = SHA1('x') WHERE id = 3
DELETE FROM visits WHERE visited_at < CURRENT_TIMESTAMP - INTERVAL 1 YEAR LIMIT 10000
UPDATE items SET label = 'x' WHERE MD5(code) = 'd41d8cd98f00b204e9800998ecf8427e'
CREATE OR REPLACE VIEW active_users AS SELECT id FROM users WHERE active = 1
