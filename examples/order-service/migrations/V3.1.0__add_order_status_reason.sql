-- Why an order came into its state. Two steps that nobody waits for: the check is
-- entered unproven, and proven in a migration of its own.

SET LOCAL lock_timeout = '3s';

ALTER TABLE orders ADD COLUMN status_reason text;

ALTER TABLE orders
    ADD CONSTRAINT ck_orders_status_reason CHECK (char_length(status_reason) <= 500) NOT VALID;
