"""What all tests share: Hypothesis asserts no times, as the machine may be busy, and a run ends with what was compared
with servers."""

from hypothesis import settings

from tests.live.totals import pytest_terminal_summary

__all__ = ["pytest_terminal_summary"]

settings.register_profile("dblint", deadline=None)
settings.load_profile("dblint")
