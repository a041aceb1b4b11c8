"""What common extensions make: types, functions that SQL calls, operator classes.

Read from the catalogs of PostgreSQL 16 and 18 with the extension in it (contrib modules, pgvector 0.8); uuid-ossp from
its script; of PostGIS only the types, from its manual. Functions that the server has under the same name are left out.
"""

from collections.abc import Mapping

from dblint.catalog.results import Made, Volatility


def _functions(**results: str) -> dict[str, tuple[str, Volatility]]:
    """Functions by result and volatility: `text="a b"`, `volatile_text="c"`."""
    found: dict[str, tuple[str, Volatility]] = {}
    for key, names in results.items():
        volatility: Volatility = "immutable"
        if key.startswith("volatile_"):
            key, volatility = key.removeprefix("volatile_"), "volatile"
        elif key.startswith("stable_"):
            key, volatility = key.removeprefix("stable_"), "stable"
        result = key.replace("_array", "[]").replace("_", " ")
        found.update(dict.fromkeys(names.split(), (result, volatility)))
    return found


_SCALARS = frozenset(
    {
        "smallint", "integer", "bigint", "real", "double precision", "numeric", "text", "character varying", "bpchar",
        "character", "bytea", "date", "timestamp without time zone", "timestamp with time zone", "interval", "uuid",
        "time without time zone", "time with time zone", "money", "oid", "macaddr", "macaddr8", "bit", "bit varying",
        '"char"', "boolean", "inet", "cidr",
    }
)  # fmt: skip

EXTENSIONS: Mapping[str, Made] = {
    "btree_gin": Made(method="gin", scalars=_SCALARS),
    "btree_gist": Made(method="gist", scalars=_SCALARS - {"inet", "cidr"}),
    "citext": Made(types=("citext",), classes=frozenset({"citext_pattern_ops"})),
    "cube": Made(
        types=("cube",),
        functions=_functions(
            boolean="cube_contained cube_contains cube_is_point cube_overlap",
            cube="cube cube_enlarge cube_inter cube_subset cube_union",
            double_precision="cube_coord cube_coord_llur cube_distance cube_ll_coord cube_size cube_ur_coord"
            " distance_chebyshev distance_taxicab",
            integer="cube_dim",
        ),
    ),
    "earthdistance": Made(
        types=("earth",),
        functions=_functions(
            cube="earth_box",
            double_precision="earth earth_distance gc_to_sec latitude longitude sec_to_gc",
            earth="ll_to_earth",
        ),
        requires=("cube",),
    ),
    "fuzzystrmatch": Made(
        functions=_functions(
            integer="difference levenshtein levenshtein_less_equal",
            text="dmetaphone dmetaphone_alt metaphone soundex text_soundex",
        ),
    ),
    "hstore": Made(
        types=("hstore",),
        functions=_functions(
            boolean="defined exist exists_all exists_any isdefined isexists",
            hstore="delete hs_concat hstore slice tconvert",
            json="hstore_to_json hstore_to_json_loose",
            jsonb="hstore_to_jsonb hstore_to_jsonb_loose",
            text="fetchval skeys svals",
            text_array="akeys avals hstore_to_array hstore_to_matrix slice_array",
        ),
    ),
    "intarray": Made(
        types=("query_int",),
        functions=_functions(
            integer="icount idx",
            integer_array="intset sort sort_asc sort_desc subarray uniq",
        ),
        classes=frozenset({"gin__int_ops", "gist__intbig_ops"}),
    ),
    "isn": Made(types=("ean13", "isbn", "isbn13", "ismn", "ismn13", "issn", "issn13", "upc")),
    "lo": Made(types=("lo",), functions=_functions(oid="lo_oid")),
    "ltree": Made(
        types=("ltree", "lquery", "ltxtquery"),
        functions=_functions(
            integer="index nlevel", ltree="lca subltree subpath text2ltree ltree_addltree", text="ltree2text"
        ),
    ),
    "pg_trgm": Made(
        functions=_functions(
            real="similarity strict_word_similarity word_similarity",
            stable_real="show_limit",
            volatile_real="set_limit",
            text_array="show_trgm",
        ),
        classes=frozenset({"gin_trgm_ops", "gist_trgm_ops"}),
    ),
    "pgcrypto": Made(
        functions=_functions(
            bytea="dearmor decrypt decrypt_iv digest encrypt encrypt_iv hmac pgp_pub_decrypt_bytea"
            " pgp_sym_decrypt_bytea",
            volatile_bytea="gen_random_bytes pgp_pub_encrypt pgp_pub_encrypt_bytea pgp_sym_encrypt"
            " pgp_sym_encrypt_bytea",
            text="armor crypt pgp_key_id pgp_pub_decrypt pgp_sym_decrypt",
            volatile_text="gen_salt",
        ),
    ),
    "postgis": Made(types=("geometry", "geography", "box2d", "box3d")),
    "seg": Made(types=("seg",), functions=_functions(real="seg_center seg_lower seg_size seg_upper")),
    "tablefunc": Made(functions=_functions(volatile_double_precision="normal_rand")),
    "unaccent": Made(functions=_functions(stable_text="unaccent")),
    "uuid-ossp": Made(
        functions=_functions(
            uuid="uuid_generate_v3 uuid_generate_v5 uuid_nil uuid_ns_dns uuid_ns_oid uuid_ns_url uuid_ns_x500",
            volatile_uuid="uuid_generate_v1 uuid_generate_v1mc uuid_generate_v4",
        ),
    ),
    "vector": Made(
        types=("vector", "halfvec", "sparsevec"),
        functions=_functions(
            double_precision="cosine_distance hamming_distance inner_product jaccard_distance l1_distance l2_distance"
            " l2_norm vector_norm",
            integer="vector_dims",
            bit="binary_quantize",
        ),
        classes=frozenset(
            "bit_hamming_ops bit_jaccard_ops halfvec_cosine_ops halfvec_ip_ops halfvec_l1_ops halfvec_l2_ops"
            " sparsevec_cosine_ops sparsevec_ip_ops sparsevec_l1_ops sparsevec_l2_ops vector_cosine_ops vector_ip_ops"
            " vector_l1_ops vector_l2_ops".split()
        ),
    ),
}
