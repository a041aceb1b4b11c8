DROP TRIGGER order_lines_touch_updated_at ON order_lines;
DROP TRIGGER orders_touch_updated_at ON orders;
DROP TRIGGER customers_touch_updated_at ON customers;
DROP FUNCTION touch_updated_at();
