-- A small shop to begin with, so that a snapshot has rows: 40 users, 30 products, 60 orders of two items each.

INSERT INTO users (email, full_name, phone, birth_date, locale, marketing_opt_in, loyalty_points, address, preferences)
SELECT format('user%s@example.com', n), format('User %s', n),
       CASE WHEN n % 3 = 0 THEN NULL ELSE format('+49 30 %s', 100000 + n) END,
       CASE WHEN n % 4 = 0 THEN NULL ELSE date '1960-01-01' + n * 311 END,
       CASE WHEN n % 5 = 0 THEN NULL ELSE 'de' END,
       CASE WHEN n % 2 = 0 THEN NULL ELSE n % 4 = 1 END,
       CASE WHEN n % 7 = 0 THEN NULL ELSE n * 10 END,
       jsonb_build_object('street', format('Harbour Street %s', n), 'city', 'Kiel', 'zip', (24100 + n)::text),
       jsonb_build_object('theme', 'dark', 'recent', (
           SELECT jsonb_agg(md5(format('%s/%s', n, i))) FROM generate_series(1, CASE WHEN n % 4 = 0 THEN 90 ELSE 2 END) i))
FROM generate_series(1, 40) n;

INSERT INTO products (sku, name, description, price, cost, stock, reorder_level, attributes)
SELECT format('SKU-%s', lpad(n::text, 6, '0')), format('Product %s', n),
       CASE WHEN n % 6 = 0 THEN NULL ELSE format('What product %s is for', n) END,
       round((n * 7.31)::numeric, 2), CASE WHEN n % 5 = 0 THEN NULL ELSE round((n * 4.02)::numeric, 2) END,
       1000, CASE WHEN n % 4 = 0 THEN NULL ELSE 25 END,
       jsonb_build_object('colour', 'blue', 'specification', (
           SELECT jsonb_agg(md5(format('%s-%s', n, i))) FROM generate_series(1, CASE WHEN n % 3 = 0 THEN 110 ELSE 3 END) i))
FROM generate_series(1, 30) n;

WITH buyers AS (SELECT user_id, address, row_number() OVER (ORDER BY email) AS n FROM users),
     placed AS (
         INSERT INTO orders (user_id, subtotal, discount, total, shipping_address, gift_message)
         SELECT user_id, 40.00, CASE WHEN n % 2 = 0 THEN NULL ELSE 0.00 END, 40.00, address,
                CASE WHEN n % 3 = 0 THEN NULL ELSE 'Enjoy' END
         FROM buyers, generate_series(1, 2) WHERE n <= 30
         RETURNING order_id),
     chosen AS (SELECT product_id, row_number() OVER (ORDER BY sku) AS line FROM products LIMIT 2)
INSERT INTO order_items (order_id, product_id, line_number, quantity, unit_price, line_total, gift_wrap)
SELECT order_id, product_id, line, 1, 20.00, 20.00, CASE WHEN line = 1 THEN NULL ELSE true END
FROM placed, chosen;

INSERT INTO inventory_movements (product_id, quantity, reason, unit_cost, note)
SELECT product_id, 1000, 'initial stock', cost, NULL FROM products;
