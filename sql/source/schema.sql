-- The e-commerce source: six tables, their audit trail, and what a change data capture connector needs.
-- Run once, by a superuser, in an empty database. The role spindrift_cdc gets its password from whoever runs this:
-- a role without a password cannot log in.

CREATE TABLE users (
    user_id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email             text NOT NULL,
    full_name         text NOT NULL,
    phone             text,
    birth_date        date,
    locale            text DEFAULT 'en',             -- an explicit NULL: not chosen
    marketing_opt_in  boolean DEFAULT true,          -- an explicit NULL: never asked
    loyalty_points    integer DEFAULT 0,             -- an explicit NULL: not in the programme
    address           jsonb,
    preferences       jsonb NOT NULL DEFAULT '{}',
    last_login_at     timestamptz,
    created_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at        timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE products (
    product_id    uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    sku           text NOT NULL UNIQUE,
    name          text NOT NULL,
    description   text,
    price         numeric(10, 2) NOT NULL,
    cost          numeric(10, 2),
    stock         integer NOT NULL DEFAULT 0,
    reorder_level integer DEFAULT 10,                -- an explicit NULL: never reordered
    active        boolean NOT NULL DEFAULT true,
    attributes    jsonb NOT NULL DEFAULT '{}',
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE orders (
    order_id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id          uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    status           text NOT NULL DEFAULT 'placed'
                     CHECK (status IN ('placed', 'paid', 'shipped', 'delivered', 'cancelled')),
    currency         text NOT NULL DEFAULT 'EUR',
    subtotal         numeric(12, 2) NOT NULL,
    discount         numeric(10, 2) DEFAULT 0.00,    -- an explicit NULL: not decided yet
    total            numeric(12, 2) NOT NULL,
    shipping_address jsonb NOT NULL,
    gift_message     text DEFAULT '',                -- an explicit NULL: not a gift
    placed_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    paid_at          timestamptz,
    shipped_at       timestamptz,
    delivered_at     timestamptz,
    updated_at       timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX orders_user ON orders (user_id);

CREATE TABLE order_items (
    order_item_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    order_id      uuid NOT NULL REFERENCES orders ON DELETE CASCADE,
    product_id    uuid NOT NULL REFERENCES products,
    line_number   integer NOT NULL,
    quantity      integer NOT NULL,
    unit_price    numeric(10, 2) NOT NULL,
    line_total    numeric(12, 2) NOT NULL,
    gift_wrap     boolean DEFAULT false,             -- an explicit NULL: not offered
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX order_items_order ON order_items (order_id);
CREATE INDEX order_items_product ON order_items (product_id);

CREATE TABLE inventory_movements (
    movement_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    product_id  uuid NOT NULL REFERENCES products ON DELETE CASCADE,
    order_id    uuid REFERENCES orders ON DELETE SET NULL,
    quantity    integer NOT NULL,
    reason      text NOT NULL,
    unit_cost   numeric(10, 2),
    note        text DEFAULT 'none',                 -- an explicit NULL: nobody looked
    moved_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX inventory_movements_product ON inventory_movements (product_id);
CREATE INDEX inventory_movements_order ON inventory_movements (order_id);

CREATE TABLE audit_log (
    audit_id   uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    table_name text NOT NULL,
    row_key    text NOT NULL,
    operation  text NOT NULL,
    old_row    jsonb,
    new_row    jsonb,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Out of line and uncompressed above 2 kB: an update that leaves such a document alone does not carry it.
ALTER TABLE users ALTER COLUMN preferences SET STORAGE EXTERNAL;
ALTER TABLE products ALTER COLUMN attributes SET STORAGE EXTERNAL;

CREATE FUNCTION touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := clock_timestamp();
    RETURN NEW;
END
$$;

CREATE TRIGGER users_touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER products_touch BEFORE UPDATE ON products FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER orders_touch BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER order_items_touch BEFORE UPDATE ON order_items FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- The argument names the key column of the table: each table records its own key.
CREATE FUNCTION record_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before_row jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    after_row  jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
BEGIN
    INSERT INTO audit_log (table_name, row_key, operation, old_row, new_row)
    VALUES (TG_TABLE_NAME, coalesce(after_row, before_row) ->> TG_ARGV[0], TG_OP, before_row, after_row);
    RETURN NULL;
END
$$;

CREATE TRIGGER users_audit AFTER INSERT OR UPDATE OR DELETE ON users
    FOR EACH ROW EXECUTE FUNCTION record_change('user_id');
CREATE TRIGGER orders_audit AFTER INSERT OR UPDATE OR DELETE ON orders
    FOR EACH ROW EXECUTE FUNCTION record_change('order_id');

-- What the connector needs; it creates its replication slot itself.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'spindrift_cdc') THEN
        CREATE ROLE spindrift_cdc LOGIN REPLICATION;
    END IF;
END
$$;
GRANT USAGE ON SCHEMA public TO spindrift_cdc;
GRANT SELECT ON users, products, orders, order_items, inventory_movements, audit_log TO spindrift_cdc;
CREATE PUBLICATION spindrift FOR TABLE users, products, orders, order_items, inventory_movements, audit_log;
