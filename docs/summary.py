"""Makes docs/summary.png: the Markdown report on the example's last migration, laid out as GitHub does it.

    pip install markdown-it-py && python docs/summary.py

Needs Chromium. The picture is of whatever dblint says now.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parent.parent
CHANGE = "examples/order-service/migrations/V3.2.0__add_currency_support.sql"
WIDTH, HEIGHT = 860, 1000
STYLE = """
body { margin: 0; padding: 24px 32px; color: #1f2328; background: #fff;
       font: 14px/1.5 -apple-system, "Segoe UI", "Noto Sans", "Liberation Sans", Helvetica, Arial, sans-serif }
h2 { font-size: 1.5em; border-bottom: 1px solid #d1d9e0; padding-bottom: .3em; margin: 0 0 16px }
h3 { font-size: 1.2em; margin: 20px 0 12px }
p, table, pre, ul, details { margin: 0 0 12px }
code { font: 85%/1.45 "Liberation Mono", monospace; background: #818b981f; border-radius: 6px; padding: .2em .4em }
pre { background: #f6f8fa; border-radius: 6px; padding: 12px 16px; overflow: hidden }
pre code { background: none; padding: 0 }
table { border-collapse: collapse }
td, th { border: 1px solid #d1d9e0; padding: 4px 13px }
tr:nth-child(2n) { background: #f6f8fa }
ul { padding-left: 2em }
.language-diff .added { color: #116329; background: #dafbe1 }
.language-diff .taken { color: #82071e; background: #ffebe9 }
"""


def report() -> str:
    done = subprocess.run(
        [sys.executable, "-m", "dblint", "examples/order-service", "--new", CHANGE, "--format", "markdown", "--quiet"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": "linter:rules:schemas", "PATH": ""},
    )
    if done.returncode == 2:
        raise SystemExit(done.stderr)
    return done.stdout


def coloured(block: re.Match[str]) -> str:
    """A patch as GitHub shows it: what is added in green, what is taken away in red."""
    lines = re.sub(r"(?m)^(\+(?!\+\+).*)$", r'<span class="added">\1</span>', block[2])
    lines = re.sub(r"(?m)^(-(?!--).*)$", r'<span class="taken">\1</span>', lines)
    return block[1] + lines + block[3]


def main() -> None:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        raise SystemExit("docs/summary.py: no Chromium here")
    body = MarkdownIt("commonmark", {"html": True}).enable("table").render(report())
    body = body.replace("<details>", "<details open>", 1)
    body = re.sub(r'(?s)(<code class="language-diff">)(.*?)(</code>)', coloured, body)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "summary.html"
        page.write_text(f'<!doctype html><meta charset="utf-8"><style>{STYLE}</style>{body}', encoding="utf-8")
        subprocess.run(
            [
                browser,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                f"--user-data-dir={folder}/profile",
                f"--window-size={WIDTH},{HEIGHT}",
                f"--screenshot={ROOT / 'docs' / 'summary.png'}",
                page.as_uri(),
            ],
            check=True,
            capture_output=True,
        )


if __name__ == "__main__":
    main()
