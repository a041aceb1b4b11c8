"""What the table of extensions says is what each extension makes that the server has."""

import psycopg

from dblint.dialects.postgres.extensions import EXTENSIONS
from tests.live.server import Connection, Server

_OF = """
    FROM {catalog} o JOIN pg_depend d ON d.classid = '{catalog}'::regclass AND d.objid = o.oid AND d.deptype = 'e'
    JOIN pg_extension x ON d.refclassid = 'pg_extension'::regclass AND x.oid = d.refobjid WHERE x.extname = %s
"""
_TYPES = f"SELECT o.typname {_OF.format(catalog='pg_type')}"
_CLASSES = f"SELECT o.opcname {_OF.format(catalog='pg_opclass')} AND NOT o.opcdefault"
_FUNCTIONS = f"""
    SELECT o.proname, array_agg(DISTINCT format_type(o.prorettype, NULL)),
        CASE max(strpos('isv', o.provolatile::text)) WHEN 3 THEN 'volatile' WHEN 2 THEN 'stable' ELSE 'immutable' END
    {_OF.format(catalog="pg_proc")}
    GROUP BY o.proname
"""


def test_extensions_make_what_the_table_says(server: Server) -> None:
    compared = []
    for name in EXTENSIONS:
        with server.database() as database, database.connect() as session:
            try:
                session.execute(f'CREATE EXTENSION "{name}" CASCADE'.encode())
            except psycopg.Error:
                continue  # not installed, or a library of its is not
            _agrees(session, name)
            compared.append(name)
    assert {"citext", "hstore", "ltree", "pg_trgm"} <= set(compared)


def _agrees(session: Connection, name: str) -> None:
    made = EXTENSIONS[name]
    own = {kind for (kind,) in session.execute(_TYPES.encode(), [name])}
    assert set(made.types) <= own, name
    assert made.classes <= {each for (each,) in session.execute(_CLASSES.encode(), [name])}, name
    functions = {
        each: (results, volatility) for each, results, volatility in session.execute(_FUNCTIONS.encode(), [name])
    }
    for function, (result, volatility) in made.functions.items():
        assert functions.get(function) == ([result], volatility), (name, function)
    built_in = session.execute(b"SELECT proname FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace")
    assert not made.functions.keys() & {each for (each,) in built_in}, name
