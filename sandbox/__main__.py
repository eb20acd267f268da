"""Runs the sandbox: `python -m sandbox`."""

from sandbox.command import sandbox_command

if __name__ == "__main__":
    sandbox_command()
