CREATE TABLE events (
    id bigint NOT NULL,
    at timestamp NOT NULL,
    kind text,
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE events_rest PARTITION OF events DEFAULT;
CREATE INDEX events_kind ON events (kind);
CREATE TABLE bookings (
    room int,
    during int4range,
    EXCLUDE USING gist (during WITH &&)
);
CREATE SEQUENCE numbers AS integer START 100;
ALTER TABLE bookings ADD COLUMN number int DEFAULT nextval('numbers');
ALTER SEQUENCE numbers OWNED BY bookings.number;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.joined := now();
    RETURN NEW;
END
$$;
CREATE TRIGGER people_touch BEFORE INSERT OR UPDATE OF name ON people FOR EACH ROW EXECUTE FUNCTION touch();
CREATE VIEW busy AS SELECT id, name AS who FROM people WHERE mood = 'busy';
CREATE MATERIALIZED VIEW sums AS SELECT person_id, sum(total) AS total FROM sales.orders GROUP BY 1;
CREATE UNIQUE INDEX ON sums (person_id);
