"""The server's own parser, without the Python classes for its trees, which dblint reads as JSON instead.

pglast imports some hundred node classes and enumerations, which takes as long as parsing 200 migrations (measured:
41 ms of a process with it, 23 ms without). Here they are modules that load themselves when something is first looked
for in them, so that other code in the process finds the pglast it knows.
"""

import sys
from collections.abc import Iterable
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from typing import Any

_NOT_NEEDED = ("ast", "enums")


def _postpone(name: str, path: Iterable[str]) -> None:
    """Put a module of pglast's in `sys.modules` that is executed when it is first asked for an attribute."""
    spec = PathFinder.find_spec(name, list(path))
    if name in sys.modules or spec is None or spec.loader is None:
        return
    module, loader = module_from_spec(spec), spec.loader

    def load(attribute: str) -> Any:
        if attribute.startswith("__"):  # what the import system looks for
            raise AttributeError(attribute)
        vars(module).pop("__getattr__", None)
        loader.exec_module(module)
        return getattr(module, attribute)

    vars(module)["__getattr__"] = load
    sys.modules[name] = module


_package = find_spec("pglast")
for _name in _NOT_NEEDED:
    if _package is not None and "pglast" not in sys.modules:
        _postpone(f"pglast.{_name}", _package.submodule_search_locations or ())

import pglast  # noqa: E402
from pglast.parser import ParseError, parse_plpgsql_json, parse_sql_json  # noqa: E402

for _name in _NOT_NEEDED:
    vars(pglast).setdefault(_name, sys.modules.get(f"pglast.{_name}"))

__all__ = ["ParseError", "parse_plpgsql_json", "parse_sql_json"]
