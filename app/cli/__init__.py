"""The command line: `case2fhir`, also `python -m app`.

Exit codes: 0 done; 1 done, but something failed or was found wrong; 2 the input, the usage or
the configuration is wrong, with one line on stderr that says where and what to do.
"""

from __future__ import annotations

import sys

import typer

from app.cli import bundles, convert, deliveries, mappings, service, tools, vocabulary
from app.errors import Case2FhirError, GateError, WorkerError, place_of
from app.version import __version__

app = typer.Typer(
    name="case2fhir",
    help="Clinical case reports in, valid and coded FHIR bundles out.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for part in (convert, bundles, deliveries, mappings, service, tools, vocabulary):
    part.add_to(app)


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(f"case2fhir {__version__}")


def main() -> None:
    """Run the command line and exit."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command; the exit code."""
    try:
        code = app(arguments or ["--help"], standalone_mode=False)
    except Case2FhirError as error:
        _say(str(error))
        return 1 if isinstance(error, GateError | WorkerError) else 2
    except typer.TyperException as error:  # wrong usage
        _say(error.format_message())
        return 2
    except typer.Exit as stop:
        return stop.exit_code
    except (typer.Abort, KeyboardInterrupt):
        _say("stopped")
        return 130
    except BrokenPipeError:  # the reader of our output has had enough
        sys.stderr.close()
        return 0
    except Exception as error:  # noqa: BLE001 - the boundary of the program: a bug is said in
        # one line with its place; its message may hold words of the report
        _say(f"internal error: {type(error).__name__} at {place_of(error)}; please report it")
        return 1
    return code if isinstance(code, int) else 0


def _say(message: str) -> None:
    line = " ".join(message.split())
    print(f"case2fhir: {line}", file=sys.stderr)
