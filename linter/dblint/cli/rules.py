"""`dblint rules`, `dblint explain` and `dblint completion`: what dblint can say about itself."""

from collections.abc import Iterator
from itertools import groupby

import click

from dblint.cli.output import stdout
from dblint.cli.settings import traceback_option
from dblint.config_file import closest
from dblint.errors import UsageError
from dblint.gate import OTHER, check_of
from dblint.packs import load_rules
from dblint.pages import page_of
from dblint.rule import Rule


@click.command(short_help="List the rules.")
@click.option("--format", "how", type=click.Choice(["text", "json"]), default="text", help="How to list them.")
@traceback_option
def rules(how: str) -> None:
    """List the rules: family, severity, whether they are on by default, and what they are about.

    \b
      dblint rules
      dblint rules --format json
    """
    found = sorted(load_rules().values(), key=lambda rule: (rule.family, rule.name))
    out = stdout()
    if how == "json":
        import json

        out.write(json.dumps([_document(rule) for rule in found], indent=2, ensure_ascii=False) + "\n")
    else:
        out.writelines(f"{line}\n" for line in _listed(found))


def _listed(found: list[Rule]) -> Iterator[str]:
    width = max((len(rule.name) for rule in found), default=0)
    for number, (family, members) in enumerate(groupby(found, key=lambda rule: rule.family)):
        yield from ([""] if number else [])
        yield family
        for rule in members:
            where = f" [{', '.join(rule.dialects)}]" if rule.dialects else ""
            preset = "" if rule.recommended else " (strict)"
            yield f"  {rule.name:{width}}  {rule.severity!s:7}  {page_of(rule).summary}{where}{preset}"


def _document(rule: Rule) -> dict[str, object]:
    page = page_of(rule)
    return {
        "name": rule.name,
        "family": rule.family,
        "severity": str(rule.severity),
        "preset": "recommended" if rule.recommended else "strict",
        "dialects": rule.dialects,
        "formerly": rule.formerly,
        "check": None if check_of(rule) == OTHER else check_of(rule),
        "options": list(rule.options.__struct_encode_fields__) if rule.options else [],
        "covers": page.covers,
        "summary": page.summary,
        "instead": page.instead,
    }


def _names(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in load_rules() if name.startswith(incomplete)]


@click.command(short_help="Print a rule's page.")
@click.argument("name", metavar="RULE", shell_complete=_names)
@traceback_option
def explain(name: str) -> None:
    """Print a rule's page: what happens, what to do instead, and when it is fine.

    In the page's SQL, `-- !` marks the lines that the rule complains about.

    \b
      dblint explain blocking-index-build
    """
    every = load_rules()
    rule = every.get(name) or next((each for each in every.values() if name in each.formerly), None)
    if rule is None:
        family = [each.name for each in every.values() if each.family == name]
        hint = f"; {name} is the family of {', '.join(family)}" if family else closest(name, every)
        raise UsageError(f"no rule is called {name!r}{hint}")
    page = page_of(rule)
    facts = [rule.family, str(rule.severity), "recommended" if rule.recommended else "strict preset", *rule.dialects]
    if check_of(rule) != OTHER:
        facts.append(f"check: {check_of(rule)}")
    if rule.options:
        facts.append("options: " + ", ".join(rule.options.__struct_encode_fields__))
    title, _, rest = page.text.partition("\n")
    stdout().write(f"{title}\n\n{' · '.join(facts)}\n{rest}")


@click.command(short_help="Print a shell's completion script.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that makes a shell complete dblint's commands and options.

    \b
      dblint completion bash > ~/.local/share/bash-completion/completions/dblint
      dblint completion zsh  > ~/.zfunc/_dblint
      dblint completion fish > ~/.config/fish/completions/dblint.fish
    """
    from click.shell_completion import get_completion_class

    made = get_completion_class(shell)
    if made is None:
        raise UsageError(f"there is no completion for {shell}")
    stdout().write(made(ctx.find_root().command, {}, "dblint", "_DBLINT_COMPLETE").source() + "\n")
