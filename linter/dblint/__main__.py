"""The console script `dblint`, which is also `python -m dblint`."""

import gc


def main() -> None:
    # A run is short and keeps nearly all that it makes: looking for garbage, while it imports, while it runs and once
    # more when Python exits (which passes over what is frozen), costs a tenth of its time and finds nothing.
    gc.disable()
    from dblint.cli import cli

    try:
        cli(prog_name="dblint")
    finally:
        gc.freeze()


if __name__ == "__main__":
    main()
