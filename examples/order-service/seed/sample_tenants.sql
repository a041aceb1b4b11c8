-- Two shops to develop with. May run again.

INSERT INTO tenants (id, name)
VALUES
    ('00000000-0000-4000-8000-000000000001', 'Alpha Books'),
    ('00000000-0000-4000-8000-000000000002', 'Beta Bikes')
ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name;

INSERT INTO customers (id, tenant_id, email, full_name)
VALUES
    ('00000000-0000-4000-8000-000000000011', '00000000-0000-4000-8000-000000000001', 'ann@example.com', 'Ann Alder'),
    ('00000000-0000-4000-8000-000000000012', '00000000-0000-4000-8000-000000000002', 'bob@example.com', 'Bob Birch')
ON CONFLICT (tenant_id, email) DO NOTHING;
