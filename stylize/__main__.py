"""`python -m stylize ...` is the command `stylize ...`."""

from stylize.cli import run

if __name__ == "__main__":
    run()
