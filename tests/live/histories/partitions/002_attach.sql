CREATE TABLE measures_2026 (LIKE measures INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
CREATE INDEX own_city ON measures_2026 (city);
CREATE UNIQUE INDEX own_key ON measures_2026 (id, at);
ALTER TABLE measures ATTACH PARTITION measures_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE measures_2027 (id bigint NOT NULL, note text NOT NULL, at date NOT NULL, value int, city text,
    CONSTRAINT measures_value_check CHECK (value > 0), CONSTRAINT value_small CHECK (value < 1000),
    CONSTRAINT own_primary PRIMARY KEY (at, id), CONSTRAINT own_unique UNIQUE (id, at));
ALTER TABLE measures ATTACH PARTITION measures_2027 FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
ALTER TABLE measures DETACH PARTITION measures_2024;
ALTER TABLE measures_2024 DROP CONSTRAINT measures_2024_pkey;
ALTER TABLE measures_2024 ALTER COLUMN city SET DEFAULT 'old';
ALTER TABLE measures ATTACH PARTITION measures_2024 FOR VALUES FROM ('2023-01-01') TO ('2025-01-01');
ALTER TABLE measures DETACH PARTITION measures_2025;
DROP INDEX measures_2025_city_idx;
