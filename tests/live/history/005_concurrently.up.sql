CREATE INDEX CONCURRENTLY people_tenant ON people (tenant) INCLUDE (name);
