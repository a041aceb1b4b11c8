CREATE TABLE measures (
    id bigint NOT NULL,
    at date NOT NULL,
    city text DEFAULT 'nowhere',
    value int CHECK (value > 0),
    UNIQUE (id, at)
) PARTITION BY RANGE (at);
CREATE INDEX ON measures (city);
CREATE TABLE measures_2024 PARTITION OF measures FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE measures_2025 PARTITION OF measures (city DEFAULT 'here', value NOT NULL, CHECK (value < 100))
    FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') PARTITION BY LIST (id);
CREATE TABLE measures_2025_x PARTITION OF measures_2025 FOR VALUES IN (1, 2);
CREATE TABLE measures_2025_rest PARTITION OF measures_2025 DEFAULT;
CREATE TABLE measures_rest PARTITION OF measures DEFAULT;
CREATE INDEX measures_value ON measures (value DESC, city) WHERE value > 1;
ALTER TABLE measures ADD COLUMN note text NOT NULL DEFAULT '';
ALTER TABLE measures ADD PRIMARY KEY (at, id);
ALTER TABLE measures ADD CONSTRAINT value_small CHECK (value < 1000);
