"""Which fixes are offered, and what all of them together make of a history."""

from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from dblint.proof import AGAIN, Checked, Dropped, Proving, Round, identity
from dblint.rule import PROVABLE, Applicability, Finding, Fix
from dblint.source import Source

ROUNDS = 100
"""How often the result may be mended once more: a fix may bring forth what another one mends."""


class Mended(Struct, frozen=True, kw_only=True):
    """What fixes make of a history. `texts`: by path, the new texts; `before`: those that the files have now (None: no
    file). `applied`: the findings whose fixes are in it, each with its fix as it was made."""

    texts: Mapping[str, Source] = {}
    before: Mapping[str, Source | None] = {}
    applied: tuple[Finding, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    result: Checked


class Mender(Proving, frozen=True, kw_only=True):
    """Offers fixes and makes them, each only if it is proven."""

    def offered(self, start: Checked, findings: Sequence[Finding]) -> tuple[list[Finding], list[Dropped]]:
        """The findings, each with its fix only if that is proven. Recipes that are only shown stay, and a fix whose
        migrations the layout has no place for becomes one."""
        proven: dict[int, Fix] = {}
        dropped: list[Dropped] = []
        pending = list(findings)
        while pending:  # those that meddle with each other one after another, each with the text as it is
            round_ = Round(self, start, PROVABLE, pending)
            round_.run()
            proven |= {id(finding): fix for finding, fix in round_.made()}
            dropped += [each for each in round_.dropped if each.reason not in AGAIN and not each.by_hand]
            proven |= {id(each.finding): _shown(each) for each in round_.dropped if each.by_hand}
            pending = [each.finding for each in round_.dropped if each.reason in AGAIN]
        kept = [
            each
            if each.fix is None or each.fix.applicability is Applicability.DISPLAY
            else replace(each, fix=proven.get(id(each)))
            for each in findings
        ]
        return kept, dropped

    def mended(self, start: Checked, findings: Sequence[Finding], wanted: Collection[Applicability]) -> Mended:
        """The history with all fixes of the wanted kinds, and those of what is found then, as long as there are any."""
        now = start
        spared = set(map(identity, start.findings)) - set(map(identity, findings))
        texts: dict[str, Source] = {}
        before: dict[str, Source | None] = {}
        applied: list[Finding] = []
        refused: dict[tuple[str, ...], Dropped] = {}
        stale = False  # whether something was accepted since what is refused was tried
        for _ in range(ROUNDS):
            left = [each for each in findings if _trial(each) not in refused]
            round_ = Round(self, now, wanted, left, texts)
            round_.run()
            refused |= {_trial(each.finding): each for each in round_.dropped if each.reason not in AGAIN}
            if not round_.accepted:
                if any(each.reason in AGAIN for each in round_.dropped):
                    continue  # what stood in their way is refused now
                if not (stale and refused):
                    break
                stale = False
                refused = {}
                continue
            stale = bool(refused)
            for path, source in round_.texts.items():
                before.setdefault(path, round_.sources.get(path))
                texts[path] = source
            applied += [replace(finding, fix=fix) for finding, fix in round_.made()]
            now = round_.state
            findings = [each for each in now.findings if identity(each) not in spared]
        return Mended(
            texts=texts,
            before=before,
            applied=tuple(applied),
            dropped=(*refused.values(), *(each for each in round_.dropped if each.reason in AGAIN)),
            result=now,
        )


def _shown(dropped: Dropped) -> Fix:
    """The fix as a recipe: what its migrations would say, and why they are none."""
    fix = dropped.finding.fix or Fix(title="")
    statements = "; then ".join(" ".join(step.up.removesuffix(";").split()) for step in fix.steps)
    title = f"{fix.title}, by hand since {dropped.reason}: {statements}"
    return Fix(title=title, applicability=Applicability.DISPLAY)


def _trial(finding: Finding) -> tuple[str, ...]:
    """What a fix is known by that has failed its proof: more than the finding, of which there may be several alike."""
    return (*identity(finding), finding.source.path, finding.statement, finding.fix.title if finding.fix else "")
