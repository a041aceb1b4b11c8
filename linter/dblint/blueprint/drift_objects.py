"""Drift of row-level security: whether it is on and forced, and the policies."""

from collections.abc import Iterator

from dblint.blueprint.declared_sql import UNNAMED_POLICY, place_of
from dblint.blueprint.difference import Difference
from dblint.blueprint.meaning import same
from dblint.blueprint.pair import Pair, found
from dblint.catalog.model import Policy

ROW_SECURITY, FORCED = "row-level security", "forced row-level security"
"""What the differences about all policies of a table are called."""


def row_security(pair: Pair) -> Iterator[Difference]:
    """Whether row-level security is on, and forced, as declared."""
    node = pair.facts.row_security
    if node is None:
        return
    for keys, name, words, is_so in (
        (("enabled",), ROW_SECURITY, "row-level security of", pair.built.row_security),
        (("forced", "force"), FORCED, "row-level security for the owner of", pair.built.row_security_forced),
    ):
        said = next((each for key in keys if (each := node.get(key)) is not None), None)
        if said is None or not isinstance(said.value, bool) or said.value is is_so:
            continue
        subject = f"{words} {pair.name}"
        texts = ("on", "off") if said.value else ("off", "on")
        yield pair.otherwise("policy", name, subject, place_of(said), pair.built.origin, *texts)


def policies(pair: Pair) -> Iterator[Difference]:
    """The policies that are declared. One that is only a condition may have any name."""
    declared, built = pair.declared.policies, pair.built.policies
    known = set()
    for name, ours in declared.items():
        there = found(built, name)
        if name == UNNAMED_POLICY:
            there = next((each for each in built.values() if same(ours.using, each.using)), None)
            there = there or (next(iter(built.values())) if len(built) == 1 else None)
        if there is None:
            shown = "the policy" if name == UNNAMED_POLICY else f"the policy {name}"
            yield pair.unbuilt("policy", name, f"{shown} of {pair.name}", ours.origin)
            continue
        known.add(there.name)
        said, is_so = _definition(ours, named=name != UNNAMED_POLICY), _definition(there, named=name != UNNAMED_POLICY)
        if not _alike(ours, there, named=name != UNNAMED_POLICY):
            words = f"the policy {there.name} of {pair.name}"
            place, names = pair.place(ours.origin), (name, there.name)
            yield pair.otherwise("policy", there.name, words, place, there.origin, said, is_so, names=names)
    if declared and UNNAMED_POLICY not in declared:
        for name, there in built.items():
            if name not in known:
                yield pair.undeclared("policy", name, f"the policy {name} of {pair.name}", there.origin)


def _alike(ours: Policy, there: Policy, *, named: bool) -> bool:
    if not same(ours.using, there.using):
        return False
    if not named:
        return True
    # Without WITH CHECK the condition of USING holds for what is written too.
    written = ours.check or ours.using, there.check or there.using
    return ours.command == there.command and ours.permissive == there.permissive and same(*written)


def _definition(policy: Policy, *, named: bool) -> str:
    text = f"for {policy.command.upper()} " if named else ""
    if policy.using is not None:
        text += f"USING ({' '.join(policy.using.text.split())})"
    if named and policy.check is not None:
        text += f"{' ' if policy.using is not None else ''}WITH CHECK ({' '.join(policy.check.text.split())})"
    return text.strip() or "without a condition"
