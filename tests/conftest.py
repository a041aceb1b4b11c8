"""What all tests share: Hypothesis asserts no times, as the machine may be busy."""

from hypothesis import settings

settings.register_profile("dblint", deadline=None)
settings.load_profile("dblint")
