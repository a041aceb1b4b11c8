DROP INDEX CONCURRENTLY IF EXISTS ix_orders_currency_code;

ALTER TABLE orders DROP CONSTRAINT IF EXISTS ck_orders_currency_code;
ALTER TABLE orders DROP COLUMN IF EXISTS exchange_rate;
ALTER TABLE orders DROP COLUMN IF EXISTS currency_code;
