-- A small shop. docker-compose.yml and the tests' servers load it; running it twice is as running it once.
DROP DATABASE IF EXISTS shop;
CREATE DATABASE shop CHARACTER SET utf8mb4;
USE shop;
SET NAMES utf8mb4;

CREATE TABLE customers (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name varchar(200) NOT NULL,
  email varchar(200) UNIQUE,
  since date NOT NULL DEFAULT '2024-01-01',
  settings json NOT NULL
);

CREATE TABLE products (
  sku varchar(16) NOT NULL PRIMARY KEY,
  title varchar(200) NOT NULL,
  price decimal(10, 2) NOT NULL,
  tags set('tea', 'green', 'cup') NOT NULL DEFAULT '',
  picture blob
);

CREATE TABLE orders (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  customer_id bigint unsigned NOT NULL,
  status enum('new', 'paid', 'shipped', 'returned') NOT NULL DEFAULT 'new',
  at datetime(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  KEY orders_by_customer (customer_id, at),
  CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE
);

CREATE TABLE order_items (
  order_id bigint unsigned NOT NULL,
  line int NOT NULL,
  sku varchar(16) NOT NULL,
  quantity int NOT NULL,
  price decimal(10, 2) NOT NULL,
  total decimal(12, 2) GENERATED ALWAYS AS (quantity * price) STORED,
  PRIMARY KEY (order_id, line),
  CONSTRAINT items_order FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE,
  CONSTRAINT items_product FOREIGN KEY (sku) REFERENCES products (sku)
);

-- No key: rows of it can be read, and not edited.
CREATE TABLE visits (at timestamp NULL, path varchar(200));

CREATE VIEW revenue AS
  SELECT o.customer_id, sum(i.total) AS total
  FROM orders o JOIN order_items i ON i.order_id = o.id
  WHERE o.status <> 'returned'
  GROUP BY o.customer_id;

DELIMITER //
CREATE PROCEDURE customer_orders(IN customer bigint unsigned)
BEGIN
  SELECT id, name FROM customers WHERE id = customer;
  SELECT id, status, at FROM orders WHERE customer_id = customer ORDER BY id;
END//
DELIMITER ;

INSERT INTO customers (id, name, email, since, settings) VALUES
  (1, 'Ada Lovelace', 'ada@example.com', '2024-02-29', '{"theme": "dark", "big": 12345678901234567890}'),
  (2, 'Ørsted “H.C.” 日本', NULL, '2025-01-01', '{}'),
  (3, 'Zoë 😀', 'zoe@example.com', '2025-06-30', '{"n": 10.5}');

INSERT INTO products (sku, title, price, tags, picture) VALUES
  ('TEA-1', 'Green tea', 4.90, 'tea,green', X'89504E47'),
  ('TEA-2', 'Black tea', 5.00, 'tea', NULL),
  ('CUP-1', 'Cup, 0.3 l', 12.50, 'cup', X'');

-- Digits cross-joined: every server has these, and not every server has sequences.
INSERT INTO orders (id, customer_id, status, at)
  SELECT n, 1 + n % 3, ELT(1 + n % 4, 'new', 'paid', 'shipped', 'returned'),
    '2025-01-01 12:00:00.123456' + INTERVAL n HOUR
  FROM (SELECT 1 + a.d + 10 * b.d + 100 * c.d AS n
    FROM (SELECT 0 d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9) a
    CROSS JOIN (SELECT 0 d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9) b
    CROSS JOIN (SELECT 0 d UNION SELECT 1) c) numbers;

INSERT INTO order_items (order_id, line, sku, quantity, price)
  SELECT o.id, l.n, ELT(1 + (o.id + l.n) % 3, 'TEA-1', 'TEA-2', 'CUP-1'), 1 + l.n, 4.90 + l.n
  FROM orders o CROSS JOIN (SELECT 1 n UNION SELECT 2 UNION SELECT 3) l;

INSERT INTO visits SELECT '2025-01-01' + INTERVAL id MINUTE, CONCAT('/p/', id) FROM orders WHERE id <= 50;
ANALYZE TABLE customers, products, orders, order_items;
