-- Migration: orders in more than one currency
-- TraceId: trc_order_service_v3
-- Zero-Downtime: Yes (additive only)

BEGIN;

ALTER TABLE orders
    ADD COLUMN currency_code char(3) NOT NULL DEFAULT 'USD';

ALTER TABLE orders
    ADD COLUMN exchange_rate numeric(12,6) NOT NULL DEFAULT 1;

ALTER TABLE orders
    ADD CONSTRAINT ck_orders_currency_code
    CHECK (currency_code ~ '^[A-Z]{3}$');

CREATE INDEX CONCURRENTLY ix_orders_currency_code
    ON orders (tenant_id, currency_code)
    WHERE is_deleted = false;

COMMENT ON COLUMN orders.currency_code IS 'Three letters of ISO 4217';
COMMENT ON COLUMN orders.exchange_rate IS 'To the base currency, when the order was placed';

COMMIT;
