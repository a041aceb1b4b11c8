ALTER TABLE orders DROP CONSTRAINT ck_orders_status_reason;
ALTER TABLE orders DROP COLUMN status_reason;
