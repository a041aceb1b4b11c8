"""Reads a server's catalog in the shape of `dblint schema --format json`, to compare the fold with.

What belongs to an extension is left out, and so are NOT NULL constraints, which PostgreSQL has catalogued since 18:
a column's `not_null` says it. `origin` and `uncertain`, which only a history can tell, are not there.
"""

from typing import Any

from tests.live.server import Connection

_USER_SCHEMA = "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'"
_NO_EXTENSION = (
    "NOT EXISTS (SELECT FROM pg_depend e WHERE e.objid = {oid} AND e.classid = '{catalog}'::regclass"
    " AND e.deptype = 'e')"
)


_NO_PART = """NOT EXISTS (
    SELECT FROM pg_depend i WHERE i.objid = p.oid AND i.classid = 'pg_proc'::regclass AND i.deptype = 'i')"""
"""The constructors of a range type come and go with it."""


def _own(alias: str, catalog: str) -> str:
    """The condition that an object is the user's; its schema is joined as n."""
    return f"{_USER_SCHEMA} AND {_NO_EXTENSION.format(oid=f'{alias}.oid', catalog=catalog)}"


def _list(query: str) -> str:
    """A subquery of one column as a JSON array."""
    return f"ARRAY({query})"


_COLUMNS = _list("""
    SELECT json_build_object(
        'name', a.attname,
        'type', format_type(a.atttypid, a.atttypmod),
        'not_null', a.attnotnull,
        'default', CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END,
        'identity', CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END,
        'generated', CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END,
        'generated_kind', CASE a.attgenerated WHEN 's' THEN 'stored' WHEN 'v' THEN 'virtual' END)
    FROM pg_attribute a
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum
""")

# A foreign key to a partitioned table has one more row per partition, on the same table; they are not listed.
_CONSTRAINTS = _list("""
    SELECT json_build_object(
        'name', k.conname,
        'kind', CASE k.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' WHEN 'f' THEN 'foreign key'
                               WHEN 'c' THEN 'check' WHEN 'x' THEN 'exclusion' END,
        'columns', ARRAY(SELECT a.attname FROM unnest(k.conkey) WITH ORDINALITY AS u (number, place)
                         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.number ORDER BY u.place),
        'references', CASE WHEN k.contype = 'f' THEN json_build_object(
            'schema', fn.nspname,
            'table', f.relname,
            'columns', ARRAY(SELECT a.attname FROM unnest(k.confkey) WITH ORDINALITY AS u (number, place)
                             JOIN pg_attribute a ON a.attrelid = f.oid AND a.attnum = u.number ORDER BY u.place)) END,
        'validated', k.convalidated,
        'definition', pg_get_constraintdef(k.oid))
    FROM pg_constraint k
    LEFT JOIN pg_class f ON f.oid = k.confrelid
    LEFT JOIN pg_namespace fn ON fn.oid = f.relnamespace
    WHERE k.conrelid = c.oid AND k.contype IN ('p', 'u', 'f', 'c', 'x')
      AND NOT EXISTS (SELECT FROM pg_constraint parent WHERE parent.oid = k.conparentid AND parent.conrelid = c.oid)
    ORDER BY k.conname COLLATE "C"
""")

# pg_get_indexdef of one key prints the column or expression alone; what differs from the default is added.
_KEY = """
    SELECT concat_ws(' ',
        CASE WHEN i.indkey[k - 1] <> 0 OR pg_get_indexdef(i.indexrelid, k, false) LIKE '(%'
             THEN pg_get_indexdef(i.indexrelid, k, false)
             ELSE '(' || pg_get_indexdef(i.indexrelid, k, false) || ')' END,
        (SELECT 'COLLATE ' || quote_ident(l.collname) FROM pg_collation l JOIN pg_type t ON t.oid = a.atttypid
         WHERE l.oid = i.indcollation[k - 1] AND l.oid <> coalesce(nullif(b.attcollation, 0), t.typcollation)),
        (SELECT o.opcname FROM pg_opclass o WHERE o.oid = i.indclass[k - 1] AND NOT o.opcdefault),
        CASE WHEN i.indoption[k - 1] & 1 = 1 THEN 'DESC' END,
        CASE i.indoption[k - 1] & 3 WHEN 1 THEN 'NULLS LAST' WHEN 2 THEN 'NULLS FIRST' END)
    FROM generate_series(1, i.indnkeyatts) AS k
    JOIN pg_attribute a ON a.attrelid = i.indexrelid AND a.attnum = k
    LEFT JOIN pg_attribute b ON b.attrelid = i.indrelid AND b.attnum = i.indkey[k - 1] AND b.attnum > 0
    ORDER BY k
"""

_INDEXES = _list(f"""
    SELECT json_build_object(
        'name', x.relname,
        'unique', i.indisunique,
        'method', m.amname,
        'keys', ARRAY({_KEY}),
        'include', ARRAY(SELECT a.attname FROM generate_series(i.indnkeyatts, i.indnatts - 1) AS k
                         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[k] ORDER BY k),
        'predicate', pg_get_expr(i.indpred, i.indrelid),
        'valid', i.indisvalid)
    FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam
    WHERE i.indrelid = c.oid
    ORDER BY x.relname COLLATE "C"
""")

_POLICIES = _list("""
    SELECT json_build_object(
        'name', p.polname,
        'command', CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update'
                                 WHEN 'd' THEN 'delete' ELSE 'all' END,
        'permissive', p.polpermissive,
        'roles', ARRAY(SELECT coalesce(r.rolname, 'public') FROM unnest(p.polroles) AS u (role)
                       LEFT JOIN pg_roles r ON r.oid = u.role ORDER BY 1),
        'using', pg_get_expr(p.polqual, p.polrelid),
        'check', pg_get_expr(p.polwithcheck, p.polrelid))
    FROM pg_policy p WHERE p.polrelid = c.oid ORDER BY p.polname COLLATE "C"
""")

# Before 15 the copies of a row trigger on partitions count as internal, like the triggers of a constraint.
OWN_TRIGGER = """(NOT t.tgisinternal OR NOT EXISTS (
    SELECT FROM pg_constraint k WHERE k.oid = t.tgconstraint AND k.contype <> 't'))"""
_TRIGGERS = _list(f"""
    SELECT json_build_object(
        'name', t.tgname,
        'function', (SELECT concat(quote_ident(s.nspname), '.', quote_ident(p.proname))
                     FROM pg_proc p JOIN pg_namespace s ON s.oid = p.pronamespace WHERE p.oid = t.tgfoid),
        'timing', CASE WHEN t.tgtype & 2 <> 0 THEN 'before' WHEN t.tgtype & 64 <> 0 THEN 'instead of' ELSE 'after' END,
        'events', ARRAY(SELECT event FROM (VALUES (4, 'insert'), (8, 'delete'), (16, 'update'), (32, 'truncate'))
                        AS e (bit, event) WHERE t.tgtype & bit <> 0 ORDER BY bit),
        'enabled', t.tgenabled <> 'D')
    FROM pg_trigger t WHERE t.tgrelid = c.oid AND {OWN_TRIGGER} ORDER BY t.tgname COLLATE "C"
""")

_DOCUMENT = {
    "tables": f"""
        SELECT json_build_object(
            'schema', n.nspname,
            'name', c.relname,
            'kind', CASE c.relkind WHEN 'p' THEN 'partitioned table' WHEN 'f' THEN 'foreign table' ELSE 'table' END,
            'columns', {_COLUMNS},
            'constraints', {_CONSTRAINTS},
            'indexes', {_INDEXES},
            'rls', json_build_object('enabled', c.relrowsecurity, 'forced', c.relforcerowsecurity),
            'policies', {_POLICIES},
            'triggers', {_TRIGGERS})
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'f') AND {_own("c", "pg_class")}
        ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
    """,
    "enums": f"""
        SELECT json_build_object('schema', n.nspname, 'name', t.typname,
            'values', ARRAY(SELECT enumlabel FROM pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder))
        FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
        WHERE t.typtype = 'e' AND {_own("t", "pg_type")}
        ORDER BY n.nspname COLLATE "C", t.typname COLLATE "C"
    """,
    "views": f"""
        SELECT json_build_object('schema', n.nspname, 'name', c.relname, 'materialized', c.relkind = 'm',
            'columns', ARRAY(SELECT attname FROM pg_attribute
                             WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped ORDER BY attnum),
            'options', coalesce((SELECT json_object_agg(option_name, option_value ORDER BY option_name)
                                 FROM pg_options_to_table(c.reloptions)), '{{}}'))
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('v', 'm') AND {_own("c", "pg_class")}
        ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
    """,
    "sequences": f"""
        SELECT json_build_object('schema', n.nspname, 'name', c.relname, 'type', format_type(s.seqtypid, NULL),
            'owned_by', (SELECT concat_ws('.', tn.nspname, t.relname, a.attname)
                         FROM pg_depend d JOIN pg_class t ON t.oid = d.refobjid
                         JOIN pg_namespace tn ON tn.oid = t.relnamespace
                         JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
                         WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')
                           AND d.refclassid = 'pg_class'::regclass))
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_sequence s ON s.seqrelid = c.oid
        WHERE {_own("c", "pg_class")}
        ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
    """,
    "functions": f"""
        SELECT json_build_object('schema', n.nspname, 'name', p.proname,
            'arguments', ARRAY(SELECT format_type(u.type, NULL)
                               FROM unnest(p.proargtypes) WITH ORDINALITY AS u (type, place) ORDER BY place),
            'returns', CASE WHEN p.prokind = 'p' THEN ''
                            ELSE CASE WHEN p.proretset THEN 'SETOF ' ELSE '' END || format_type(p.prorettype, NULL) END,
            'language', l.lanname,
            'volatility', CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END,
            'security_definer', p.prosecdef)
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
        WHERE p.prokind IN ('f', 'p', 'w') AND {_own("p", "pg_proc")} AND {_NO_PART}
        ORDER BY n.nspname COLLATE "C", p.proname COLLATE "C", pg_get_function_identity_arguments(p.oid)
    """,
    "domains": f"""
        SELECT json_build_object('schema', n.nspname, 'name', t.typname,
            'type', format_type(t.typbasetype, t.typtypmod),
            'not_null', t.typnotnull,
            'default', pg_get_expr(t.typdefaultbin, 0),
            'constraints', {
        _list('''
                SELECT json_build_object('name', k.conname, 'validated', k.convalidated,
                                         'definition', pg_get_constraintdef(k.oid))
                FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c' ORDER BY k.conname COLLATE "C"
            ''')
    })
        FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
        WHERE t.typtype = 'd' AND {_own("t", "pg_type")}
        ORDER BY n.nspname COLLATE "C", t.typname COLLATE "C"
    """,
    "extensions": """
        SELECT json_build_object('name', x.extname, 'schema', n.nspname)
        FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace
        WHERE x.extname <> 'plpgsql' ORDER BY x.extname COLLATE "C"
    """,
}


def read_catalog(session: Connection) -> dict[str, Any]:
    """The user objects of the session's database; types and expressions are spelled for the default search path."""
    document: dict[str, Any] = {"schema_version": 1}
    with session.transaction(force_rollback=True):
        session.execute("SET LOCAL search_path TO public")
        for kind, query in _DOCUMENT.items():
            document[kind] = [found for (found,) in session.execute(query.encode())]
    return document
