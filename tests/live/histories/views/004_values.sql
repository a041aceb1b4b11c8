CREATE SCHEMA values_of; SET search_path TO values_of;
CREATE SEQUENCE sq;
CREATE TYPE mood AS ENUM ('u', 'v');
CREATE DOMAIN small AS int CHECK (VALUE < 100);
CREATE DOMAIN words AS varchar(9);
CREATE TABLE t (i int, b bigint, s smallint, n numeric(6,2), r real, d double precision, t text, v varchar(5),
    c char(3), dt date, ts timestamp(3), tz timestamptz, iv interval, ti time, j json, jb jsonb, bo boolean, u uuid,
    ba bytea, ai int[], av varchar(5)[], m mood, sm small, wo words, nm name, am mood[]);
CREATE FUNCTION f(i int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT i';
CREATE FUNCTION f(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT t';
CREATE FUNCTION g(t text) RETURNS mood[] LANGUAGE sql IMMUTABLE AS 'SELECT NULL::mood[]';
CREATE TABLE c1 AS SELECT i+b AS x1, i+s AS x2, s+s AS x3, i*n AS x4, n+r AS x5, i+r AS x6, r+r AS x7, r*d AS x8,
    i/2 AS x9, i/2.0 AS x10, i^2 AS x11, n^2 AS x12, b%i AS x13, -i AS x14, -n AS x15, +d AS x16, s&i AS x17,
    i+'3' AS x18, n%2 AS x19, @ i AS x20, i << 1 AS x21, ~i AS x22, b*2 AS x23, s*2 AS x24, 3000000000 AS x25,
    1e5 AS x26, 99999999999999999999 AS x27 FROM t;
CREATE TABLE c2 AS SELECT t||v AS x1, v||v AS x2, t||i AS x3, v||'a' AS x4, 'a'||'b' AS x5, c||t AS x6, ai||1 AS x7,
    ai||ai AS x8, 1||ai AS x9, jb||jb AS x10, ba||ba AS x11, jb->'a' AS x12, jb->>'a' AS x13, j->'a'->>'b' AS x14,
    jb#>'{a}' AS x15, j#>>'{a}' AS x16, jb-'a' AS x17, jb @> '{}' AS x18, t ~ 'a' AS x19, t LIKE 'a' AS x20,
    i BETWEEN 1 AND 2 AS x21, i IN (1,2) AS x22, i = ANY(ai) AS x23, i IS DISTINCT FROM 2 AS x24, NOT bo AS x25,
    bo AND bo AS x26, ai[1] AS x27, ai[1:2] AS x28, av[1] AS x29, av AS x30, t COLLATE "C" AS x31,
    am[1] AS x32 FROM t;
CREATE TABLE c3 AS SELECT dt - dt AS x1, dt + 1 AS x2, dt - 1 AS x3, dt + iv AS x4, ts + iv AS x5, tz - iv AS x6,
    ts - ts AS x7, tz - tz AS x8, iv * 2 AS x9, iv + iv AS x10, iv / 2.5 AS x11, ti + iv AS x12, ti - ti AS x13,
    dt + ti AS x14, tz - ts AS x15, now() - iv AS x16, 1 AS x17, current_date - 1 AS x18, ts - dt AS x19,
    2 * iv AS x20, dt > '2020-01-01' AS x21, tz AT TIME ZONE 'UTC' AS x22, ts AT TIME ZONE 'UTC' AS x23,
    age(tz) AS x24, extract(year from tz) AS x25, date_part('year', tz) AS x26, date_trunc('day', tz) AS x27,
    date_trunc('day', ts) AS x28, date_trunc('day', dt) AS x29, to_char(tz, 'x') AS x30, current_timestamp(2) AS x31,
    localtime AS x32, date_trunc('day', iv) AS x33, interval '1 day' AS x34, date '2020-01-01' AS x35,
    dt::timestamp + interval '1 day' AS x36 FROM t;
CREATE TABLE c4 AS SELECT coalesce(v, v) AS x1, coalesce(v, 'a') AS x2, coalesce(v, t) AS x3, coalesce(n, 0) AS x4,
    coalesce(i, b) AS x5, coalesce(i, 1.5) AS x6, coalesce(m, 'u') AS x7, coalesce(sm, 1) AS x8, coalesce(sm,
    sm) AS x9, coalesce(c, v) AS x10, coalesce(v, c) AS x11, greatest(dt, ts) AS x12, least(ts, tz) AS x13, nullif(v,
    '') AS x14, nullif(n, 0) AS x15, CASE WHEN bo THEN 1 ELSE 2.5 END AS x16, CASE WHEN bo THEN 'a' END AS x17,
    CASE WHEN bo THEN v ELSE 'b' END AS x18, CASE i WHEN 1 THEN NULL ELSE b END AS x19, ARRAY[1,2] AS x20,
    ARRAY[v] AS x21, ARRAY[1, 2.5] AS x22, ARRAY['a'] AS x23, ARRAY(SELECT v FROM t) AS x24, ARRAY[ai] AS x25,
    (SELECT max(v) FROM t) AS x26, EXISTS (SELECT 1) AS x27, i IN (SELECT 1) AS x28, (SELECT 'a') AS x29,
    NULL AS x30, NULL::mood AS x31, coalesce(wo, 'x') AS x32, coalesce(wo, t) AS x33, coalesce(n, n) AS x34,
    coalesce(ts, ts) AS x35, coalesce(ts, now()) AS x36, coalesce(ai, '{}') AS x37, coalesce(jb, '{}') AS x38,
    coalesce(nm, t) AS x39 , coalesce(r, n) AS x40, m AS x41, sm AS x42, wo AS x43, sm + 1 AS x44, coalesce(am,
    '{}') AS x45 FROM t;
CREATE TABLE c5 AS SELECT count(*) AS x1, sum(i) AS x2, sum(b) AS x3, sum(n) AS x4, sum(r) AS x5, sum(d) AS x6,
    sum(s) AS x7, avg(i) AS x8, avg(d) AS x9, avg(iv) AS x10, sum(iv) AS x11, max(v) AS x12, max(n) AS x13,
    max(m) AS x14, max(dt) AS x15, max(ts) AS x16, min(c) AS x17, max(sm) AS x18, max(ai) AS x19,
    array_agg(v) AS x20, array_agg(i) AS x21, array_agg(m) AS x22, array_agg(n) AS x23, string_agg(t, ',') AS x24,
    bool_and(bo) AS x25, json_agg(t) AS x26, jsonb_object_agg(t, t) AS x27, stddev(i) AS x28, variance(d) AS x29,
    max(wo) AS x30, array_agg(sm) AS x31, array_agg(wo) AS x32,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY d) AS x33, mode() WITHIN GROUP (ORDER BY v) AS x34,
    array_agg(DISTINCT t ORDER BY t) AS x35, max(t) FILTER (WHERE bo) AS x36, max(am) AS x37, min(nm) AS x38,
    avg(s) AS x39, array_agg(ai) AS x40 FROM t;
CREATE TABLE c6 AS SELECT row_number() OVER () AS x1, lag(v) OVER (ORDER BY i) AS x2, lead(n,
    1) OVER (ORDER BY i) AS x3, first_value(m) OVER (ORDER BY i) AS x4, ntile(3) OVER () AS x5, sum(i) OVER () AS x6,
    percent_rank() OVER () AS x7, lag(t, 1, 'x') OVER () AS x8, rank() OVER () AS x9, nth_value(sm,
    2) OVER () AS x10 FROM t;
CREATE TABLE c7 AS SELECT lower(v) AS x1, upper(t) AS x2, length(v) AS x3, substring(v from 1 for 2) AS x4,
    trim(c) AS x5, replace(v, 'a', 'b') AS x6, left(v, 1) AS x7, md5(t) AS x8, concat(v, i) AS x9, abs(i) AS x10,
    abs(n) AS x11, round(n) AS x12, round(i) AS x13, round(d) AS x14, round(n, 2) AS x15, ceil(i) AS x16,
    floor(n) AS x17, sqrt(i) AS x18, power(i, 2) AS x19, power(n, 2) AS x20, mod(i, 2) AS x21, mod(b, i) AS x22,
    random() AS x23, greatest(i, b) AS x24, array_length(ai, 1) AS x25, array_append(ai, 1) AS x26,
    unnest(ai) AS x27, generate_series(1, 2) AS x28, jsonb_array_elements(jb) AS x29, regexp_replace(v, 'a',
    'b') AS x30, regexp_match(t, 'a') AS x31, split_part(v, 'a', 1) AS x32, gen_random_uuid() AS x33,
    nextval('sq') AS x34, f(i) AS x35, f(t) AS x36, g(t) AS x37, current_user AS x38, to_timestamp(1) AS x39,
    coalesce(f(i), 0) AS x40, position('a' in v) AS x41, overlay(v placing 'a' from 1) AS x42, substr(ba, 1) AS x43,
    lower(ba::text) AS x44, array_remove(av, 'a') AS x45, string_to_array(v, ',') AS x46, to_jsonb(i) AS x47,
    1 AS x48, jsonb_build_object('a', 1) AS x49, trunc(d) AS x50, sign(i) AS x51, exp(i) AS x52, ln(n) AS x53,
    date(ts) AS x54, pi() AS x55, reverse(v) AS x56, array_cat(ai, ai) AS x57, cardinality(ai) AS x58,
    nm || 'a' AS x59, char_length(v) AS x60, abs(r) AS x61, round(r) AS x62, ceil(s) AS x63, log(i) AS x64,
    format('%s', i) AS x65, make_date(1, 2, 3) AS x66, to_date('a', 'b') AS x67, encode(ba, 'hex') AS x68,
    unnest(am) AS x69, array_position(ai, 1) AS x70, mod(n, 2) AS x71, div(n, 2) AS x72, power(r, 2) AS x73, power(2,
    i) AS x74, trunc(n, 1) AS x75, random() * 10 AS x76, floor(random() * 10)::int AS x77, length(ba) AS x78,
    v::text AS x79, i::varchar(3) AS x80 FROM t;
