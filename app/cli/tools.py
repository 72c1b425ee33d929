"""`train`, `evaluate`, `mappings check` and `schema`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import put_out
from app.errors import InputError

mappings = typer.Typer(help="The mapping files.", no_args_is_help=True, rich_markup_mode=None)


@mappings.command("check")
def check_mappings(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder laid over the built-in mappings.")
    ] = None,
) -> None:
    """Load all mappings, those of a folder laid over them; says file and line of what is wrong."""
    from app.pipeline import Converter
    from app.settings import get_settings

    settings = get_settings()
    if folder is not None:
        if not folder.is_dir():
            raise InputError("there is no such folder", place=str(folder))
        settings = settings.model_copy(update={"mappings": folder})
    Converter(settings)
    typer.echo("mappings ok")


def schema(
    name: Annotated[str, typer.Argument(help="case or document")],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="File to write.")] = None,
) -> None:
    """Print the JSON Schema of a case or of a JSON document."""
    from app import schemas

    put_out(schemas.schema(name), out)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(mappings, name="mappings")
    app.command()(schema)
