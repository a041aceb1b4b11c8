"""The types that PostgreSQL's own functions and operators give, those that schemas use, as pg_proc and pg_operator say.

What is not here is not known: no type is told rather than a wrong one.
"""

from dblint.catalog.results import Kinds, Made, Results
from dblint.names import Name
from dblint.operations import LITERAL, Type

# Functions all of whose overloads give one type (pg_proc of PostgreSQL 18; since 14 alike).
_FIXED = {
    "bigint": "count crc32 crc32c currval dense_rank lastval nextval rank row_number setval",
    "boolean": "bool_and bool_or every isempty isfinite is_normalized jsonb_path_exists jsonb_path_exists_tz"
    " jsonb_path_match jsonb_path_match_tz lower_inc lower_inf overlaps row_security_active starts_with upper_inc"
    " upper_inf xml_is_well_formed xmlexists has_table_privilege has_schema_privilege pg_has_role"
    " pg_try_advisory_lock pg_try_advisory_xact_lock pg_is_in_recovery",
    "bytea": "convert convert_to decode sha224 sha256 sha384 sha512 set_byte",
    "date": "date make_date to_date",
    "double precision": "acos acosd acosh asin asind asinh atan atan2 atan2d atand atanh cbrt corr cos cosd cosh cot"
    " cotd covar_pop covar_samp cume_dist date_part degrees percent_rank pi radians random_normal regr_slope"
    " regr_intercept regr_r2 sin sind sinh tan tand tanh",
    "inet": "broadcast hostmask netmask",
    "integer": "array_length array_lower array_ndims array_position array_upper ascii cardinality char_length"
    " character_length get_bit get_byte generate_subscripts json_array_length jsonb_array_length masklen min_scale"
    " ntile num_nonnulls num_nulls octet_length position pg_backend_pid scale strpos",
    "integer[]": "array_positions",
    "interval": "justify_days justify_hours justify_interval make_interval age",
    "json": "array_to_json json_agg json_array_elements json_build_array json_build_object json_extract_path"
    " json_object json_object_agg json_strip_nulls row_to_json to_json",
    "jsonb": "jsonb_agg jsonb_array_elements jsonb_build_array jsonb_build_object jsonb_extract_path jsonb_object"
    " jsonb_object_agg jsonb_path_query jsonb_path_query_array jsonb_path_query_first jsonb_insert jsonb_set"
    " jsonb_set_lax jsonb_strip_nulls to_jsonb",
    "name": "current_database current_schema current_user session_user",
    "numeric": "div extract factorial to_number trim_scale",
    "text": "array_dims array_to_string chr col_description concat concat_ws convert_from current_query"
    " current_setting encode format format_type host initcap json_array_elements_text json_extract_path_text"
    " json_object_keys json_typeof jsonb_array_elements_text jsonb_extract_path_text jsonb_object_keys jsonb_pretty"
    " jsonb_typeof left lpad ltrim_text md5 normalize obj_description quote_ident quote_literal quote_nullable"
    " regexp_replace regexp_split_to_table regexp_substr repeat replace right rpad set_config split_part"
    " string_to_table to_char to_hex translate unistr version",
    "text[]": "parse_ident regexp_match regexp_matches regexp_split_to_array string_to_array",
    "time without time zone": "make_time",
    "timestamp with time zone": "clock_timestamp make_timestamptz now statement_timestamp to_timestamp"
    " transaction_timestamp",
    "timestamp without time zone": "make_timestamp",
    "tsquery": "phraseto_tsquery plainto_tsquery to_tsquery websearch_to_tsquery",
    "tsvector": "array_to_tsvector json_to_tsvector jsonb_to_tsvector setweight strip to_tsvector",
    "uuid": "gen_random_uuid uuidv4 uuidv7",
    "xml": "xmlagg xmlcomment",
    "xml[]": "xpath",
}
_RESULTS = {name: Type(kind, Name(kind)) for kind, names in _FIXED.items() for name in names.split()}
for _name, _kind in _RESULTS.items():
    if _kind.text.endswith("[]"):
        _RESULTS[_name] = Type(_kind.text, Name(_kind.text.removesuffix("[]")), array=True)

_COLUMNS = {
    "json_array_elements": (("value", "json"),),
    "json_array_elements_text": (("value", "text"),),
    "json_each": (("key", "text"), ("value", "json")),
    "json_each_text": (("key", "text"), ("value", "text")),
    "jsonb_array_elements": (("value", "jsonb"),),
    "jsonb_array_elements_text": (("value", "text"),),
    "jsonb_each": (("key", "text"), ("value", "jsonb")),
    "jsonb_each_text": (("key", "text"), ("value", "text")),
    "ts_stat": (("word", "text"), ("ndoc", "integer"), ("nentry", "integer")),
}
"""The OUT parameters of functions that have them (pg_proc.proargnames)."""

_NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double precision")
"""In the order in which one becomes the next by itself."""
_WHOLE = _NUMBERS[:3]
_STRINGS = ("text", "character varying", "bpchar", "name")
"""Each becomes any other by itself."""
_DATES = ("date", "timestamp without time zone", "timestamp with time zone")
_TIMES = ("time without time zone", "time with time zone")
_ZONED = {_DATES[1]: _DATES[2], _DATES[2]: _DATES[1], "date": _DATES[1], _TIMES[1]: _TIMES[1], _TIMES[0]: _TIMES[1]}
"""What AT TIME ZONE makes of a time."""
_COMPARING = frozenset("= <> != < > <= >= ~ ~* !~ !~* ~~ ~~* !~~ !~~* @> <@ && ? ?| ?& @@ @? ^@ *= *<> -|-".split())

_OF_ARGUMENT = frozenset(
    "any_value first_value lag last_value lead max min nth_value mode abs array_append array_cat array_remove"
    " array_replace array_reverse array_sort array_shuffle array_sample".split()
)
"""Functions that give the type of their first argument."""
_OF_SECOND = frozenset({"array_prepend"})
_STRING_FUNCTIONS = frozenset("lower upper btrim ltrim rtrim reverse substring substr overlay string_agg".split())
_ROUNDING = frozenset("ceil ceiling floor round trunc sqrt exp ln log power mod sign".split())
_STATISTICS = frozenset("stddev stddev_pop stddev_samp variance var_pop var_samp".split())


def _type(text: str) -> Type:
    return Type(text, Name(text))


class PostgresResults(Results):
    """What pg_proc and pg_operator say, for arguments of the server's own types."""

    polymorphic = frozenset("any_value first_value lag last_value lead mode nth_value array_agg".split())

    def call(self, name: str, kinds: Kinds) -> Type | None:
        fixed = _RESULTS.get(name)
        if fixed is not None:
            return fixed
        first = kinds[0] if kinds else None
        if name in ("random", "width_bucket", "length", "bit_length") or first is None:
            return _bare_call(name, first)
        text = _bare(first)
        if name in _OF_SECOND:
            return kinds[1] if len(kinds) > 1 and kinds[1] is not LITERAL else None
        if name in _OF_ARGUMENT:
            return _kept(name, first)
        if name in _STRING_FUNCTIONS:
            return (
                _type("text") if text in _STRINGS or first is LITERAL else _type("bytea") if text == "bytea" else None
            )
        if name in _ROUNDING:
            return _rounded(name, [_bare(kind) for kind in kinds])
        if name in ("sum", "avg") or name in _STATISTICS:
            return _summed(name, text)
        if name == "array_agg":
            return _array_of(first)
        if name in ("percentile_cont", "percentile_disc"):
            return _percentile(name, kinds)
        if name == "timezone" and len(kinds) == 2:
            second = _bare(kinds[1])
            return _type(_ZONED[second]) if second in _ZONED else None
        if name == "unnest":
            return Type(text.removesuffix("[]"), first.name) if first.array else None
        if name == "date_trunc" and len(kinds) > 1 and kinds[1] is not None:
            second = _bare(kinds[1])
            return (
                _type(_DATES[2] if second in ("date", _DATES[2]) else second)
                if second in (*_DATES, "interval")
                else None
            )
        if name == "generate_series":
            return _series([_bare(kind) for kind in kinds])
        return None

    def operator(self, name: str, kinds: Kinds) -> Type | None:
        if name == "nullif":
            return _null_if(kinds)
        if name in _COMPARING and len(kinds) == 2:
            return _type("boolean")
        if name in ("->>", "#>>"):
            return _type("text") if kinds[0] and _bare(kinds[0]) in ("json", "jsonb") else None
        if any(kind is None for kind in kinds):
            return None
        texts = [_bare(kind) for kind in kinds]
        if len(kinds) == 1:
            return _type(texts[0]) if name in ("+", "-", "~", "@") and texts[0] in (*_NUMBERS, "interval") else None
        left, right = texts
        if name in ("->", "#>", "#-"):
            return _type(left) if left in ("json", "jsonb") else None
        if name == "||":
            return _joined(kinds, left, right)
        if name in ("<<", ">>"):
            return _type(left) if left in _WHOLE else None
        if "literal" in texts:
            left = right = right if left == "literal" else left
        if left in _NUMBERS and right in _NUMBERS and name in ("+", "-", "*", "/", "%", "^", "&", "|", "#"):
            return _calculated(name, left, right)
        return _type(found) if (found := _SUMS.get((name, left, right))) is not None else None

    def common(self, kinds: Kinds) -> Type | None:
        texts = [_bare(kind) for kind in kinds]
        for family in (_NUMBERS, _DATES, _TIMES):
            if all(text in family for text in texts):
                return _type(max(texts, key=family.index))
        if all(text in _STRINGS for text in texts):
            return _type(texts[0])
        if len(set(texts)) == 1 and kinds[0] is not None:
            array = kinds[0].array
            return Type(texts[0], kinds[0].name, array=array)
        return None

    def extension(self, name: str) -> Made | None:
        from dblint.dialects.postgres.extensions import EXTENSIONS

        return EXTENSIONS.get(name)

    def columns(self, name: str) -> tuple[tuple[str, str], ...]:
        return _COLUMNS.get(name, ())


RESULTS = PostgresResults()

_INTERVAL = "interval"
_SUMS: dict[tuple[str, str, str], str] = {
    ("-", "date", "date"): "integer",
    ("+", "date", "time without time zone"): _DATES[1],
    ("+", "time without time zone", "date"): _DATES[1],
    ("-", "time without time zone", "time without time zone"): _INTERVAL,
    ("*", _INTERVAL, "literal"): _INTERVAL,
    ("-", "jsonb", "text"): "jsonb",
    ("-", "jsonb", "integer"): "jsonb",
    ("-", "jsonb", "jsonb"): "jsonb",
    **{(sign, _INTERVAL, _INTERVAL): _INTERVAL for sign in "+-"},
    **{(sign, "date", whole): "date" for sign in "+-" for whole in ("integer", "smallint")},
    **{("+", whole, "date"): "date" for whole in ("integer", "smallint")},
    **{(sign, "date", _INTERVAL): _DATES[1] for sign in "+-"},
    ("+", _INTERVAL, "date"): _DATES[1],
    **{(sign, time, _INTERVAL): time for sign in "+-" for time in (*_DATES[1:], *_TIMES)},
    **{("+", _INTERVAL, time): time for time in (*_DATES[1:], *_TIMES)},
    **{("-", time, other): _INTERVAL for time in _DATES[1:] for other in _DATES},
    **{("-", "date", time): _INTERVAL for time in _DATES[1:]},
    **{(sign, _INTERVAL, number): _INTERVAL for sign in "*/" for number in _NUMBERS},
    **{("*", number, _INTERVAL): _INTERVAL for number in _NUMBERS},
}
"""Operators on dates and times: operator, left type and right type give the type."""


def _bare(kind: Type | None) -> str:
    """The type without length and precision."""
    if kind is None:
        return ""
    if "(" not in kind.text:
        return kind.text
    name = kind.name.sql if kind.name.schema else kind.name.name
    name = "bpchar" if name == "character" else name
    return f"{name}[]" if kind.array else name


def _bare_call(name: str, first: Type | None) -> Type | None:
    if name == "random" and first is None:
        return _type("double precision")
    text = _bare(first)
    return (
        _type("integer")
        if name in ("length", "bit_length") and text in (*_STRINGS, "bytea", "literal", "bit")
        else None
    )


def _kept(name: str, first: Type) -> Type | None:
    if first is LITERAL:
        return _type("text") if name in ("max", "min") else None
    text = _bare(first)
    if name == "abs" and text not in _NUMBERS:
        return None
    if name in ("max", "min"):
        if text in ("character varying", "name"):
            return _type("text")
        text = "inet" if text == "cidr" else text
    return Type(text, first.name, array=first.array)


def _rounded(name: str, texts: list[str]) -> Type | None:
    if any(text not in (*_NUMBERS, "literal") for text in texts):
        return None
    first = texts[0]
    if name == "mod":
        return _calculated("%", *texts) if len(texts) == 2 and "literal" not in texts else None
    if len(texts) == 2 and name in ("round", "trunc", "log"):
        return _type("numeric")
    if name == "power" and len(texts) == 2:
        return _calculated("^", *texts) if "literal" not in texts else None
    return _type("numeric" if first == "numeric" else "double precision")


def _summed(name: str, text: str) -> Type | None:
    if text == _INTERVAL and name in ("sum", "avg"):
        return _type(text)
    if text not in _NUMBERS:
        return None
    if name == "sum" and text in ("smallint", "integer"):
        return _type("bigint")
    if name == "sum" and text == "real":
        return _type("real")
    return _type("double precision" if text in ("real", "double precision") else "numeric")


def _percentile(name: str, kinds: Kinds) -> Type | None:
    sorted_by, wanted = kinds[-1], kinds[0]
    text = _bare(sorted_by)
    if wanted is None or wanted.array or not text or text == "literal":
        return None
    if name == "percentile_disc":
        return sorted_by
    return _type(text if text == _INTERVAL else "double precision") if text in (*_NUMBERS, _INTERVAL) else None


def _array_of(kind: Type) -> Type | None:
    if kind is LITERAL:
        return None
    text = _bare(kind)
    return Type(text if kind.array else f"{text}[]", kind.name, array=True)


def _series(texts: list[str]) -> Type | None:
    if all(text in _NUMBERS[:4] for text in texts):
        return _type(max(*texts, "integer", key=_NUMBERS.index))
    if texts[0] in _DATES:
        return _type(_DATES[1] if texts[0] == _DATES[1] and texts[1] in (_DATES[1], "literal") else _DATES[2])
    return None


def _joined(kinds: Kinds, left: str, right: str) -> Type | None:
    arrays = [kind for kind in kinds if kind is not None and kind.array]
    if arrays:
        return Type(_bare(arrays[0]), arrays[0].name, array=True)
    for kind in ("jsonb", "tsvector", "bytea"):
        if kind in (left, right) and {left, right} <= {kind, "literal"}:
            return _type(kind)
    return _type("text") if left in (*_STRINGS, "literal") or right in (*_STRINGS, "literal") else None


def _null_if(kinds: Kinds) -> Type | None:
    """The type of the left side, as the operator = wants it."""
    left, right = kinds
    if left is None or left is LITERAL:
        return None if left is None else _type("text")
    bare, other = _bare(left), _bare(right)
    if bare == "character varying":
        return _type("text") if other in (*_STRINGS[:2], "literal") else None
    whole = bare in (*_WHOLE, "numeric") and other in _WHOLE
    return left if whole or other in (bare, "literal") else None


def _calculated(name: str, left: str, right: str) -> Type | None:
    both = {left, right}
    if name == "^":
        return _type("numeric" if "numeric" in both and both <= {"numeric", *_WHOLE} else "double precision")
    if both <= set(_WHOLE):
        return _type(max(left, right, key=_NUMBERS.index))
    if name in "&|#":
        return None
    if both <= {"numeric", *_WHOLE}:
        return _type("numeric")
    return _type("real" if both == {"real"} else "double precision") if name != "%" else None
