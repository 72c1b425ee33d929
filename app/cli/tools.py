"""`train`, `evaluate` and `schema`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import put_out
from app.errors import InputError


def train(
    corpus: Annotated[Path, typer.Option("--corpus", help="Folder of .txt and .ann files.")],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Folder of the model.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same model.")] = 0,
    unlabelled: Annotated[
        Path | None,
        typer.Option("--unlabelled", help="More case texts, not annotated, .jsonl.gz."),
    ] = None,
) -> None:
    """Train the spotter and the relations on annotated reports."""
    from app.training.__main__ import main

    if unlabelled is not None and not unlabelled.is_file():
        raise InputError("there is no such file", place=str(unlabelled))
    _run(main, "train", corpus, out=out, seed=seed, unlabelled=unlabelled)


def evaluate(
    corpus: Annotated[Path, typer.Option("--corpus", help="Folder of .txt and .ann files.")],
    folds: Annotated[
        Path, typer.Option("--folds", help="What `python -m app.training folds` wrote.")
    ],
) -> None:
    """Score the spotter in cross-validation: each report read by a model that has not seen it."""
    from app.training.__main__ import main

    _run(main, "evaluate", corpus, folds=folds)


def _run(main: Callable[[list[str]], int], step: str, corpus: Path, **options: object) -> None:
    """Run a step of the training, with the options that were given."""
    if not corpus.is_dir():
        raise InputError("there is no such folder", place=str(corpus))
    arguments = [step, "--corpus", str(corpus)]
    for name, value in options.items():
        if value is not None:
            arguments += [f"--{name}", str(value)]
    if main(arguments):
        raise typer.Exit(2)


def schema(
    name: Annotated[str, typer.Argument(help="case or document")],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="File to write.")] = None,
) -> None:
    """Print the JSON Schema of a case or of a JSON document."""
    from app import schemas

    put_out(schemas.schema(name), out)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(schema)
    app.command()(train)
    app.command()(evaluate)
