"""`train`, `evaluate` and `schema`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import put_out, write_bytes
from app.errors import InputError, NotFound
from app.evaluation.gold import Kind, kind_of, read


def train(
    corpus: Annotated[Path, typer.Option("--corpus", help="Folder of .txt and .ann files.")],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Folder of the model.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same model.")] = 0,
    unlabelled: Annotated[
        Path | None,
        typer.Option("--unlabelled", help="More case texts, not annotated, .jsonl.gz."),
    ] = None,
    network: Annotated[
        bool,
        typer.Option(
            "--network", help="A network that learns from those texts, too (extra 'distil')."
        ),
    ] = False,
) -> None:
    """Train the spotter and the relations on annotated reports."""
    from app.training.__main__ import main

    if unlabelled is not None and not unlabelled.is_file():
        raise InputError("there is no such file", place=str(unlabelled))
    if network and unlabelled is None:
        raise InputError("a network needs texts, too: give --unlabelled")
    _run(main, "train", corpus, out=out, seed=seed, unlabelled=unlabelled, network=network)


def evaluate(
    gold: Annotated[Path, typer.Argument(help="Folder of a gold set, or its table.")],
    kind: Annotated[
        Kind | None,
        typer.Option("--kind", help="Format of the gold set. [default: by its files]"),
    ] = None,
    folds: Annotated[
        Path | None,
        typer.Option(
            "--folds",
            help="What `python -m app.training folds` wrote: each report "
            "is read by the model that has not seen it.",
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Keep the bundles here.")] = None,
    misses: Annotated[
        str | None,
        typer.Option("--misses", help="Print what was missed and invented in this document."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The figures as JSON.")] = False,
) -> None:
    """Convert the reports of a gold set and print how well they were read."""
    from app.evaluation import run
    from app.settings import get_settings

    kind = kind or kind_of(gold)
    golds = read(gold, kind)
    if misses is not None:
        golds = [g for g in golds if g.name == misses]
        if not golds:
            raise NotFound(f"no document '{misses}' in the gold set", place=str(gold))

    def keep(name: str, bundle: bytes) -> None:
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            write_bytes(out / f"{name}.json", bundle)

    report = run.evaluate(golds, kind, get_settings(), folds=folds, keep=keep)
    if misses is not None:
        typer.echo("\n".join(report.notes.get(misses, [])))
    elif as_json:
        put_out(report.json(), None)
    else:
        typer.echo(report.table())


def _run(main: Callable[[list[str]], int], step: str, corpus: Path, **options: object) -> None:
    """Run a step of the training, with the options that were given."""
    if not corpus.is_dir():
        raise InputError("there is no such folder", place=str(corpus))
    arguments = [step, "--corpus", str(corpus)]
    for name, value in options.items():
        if value is True:
            arguments.append(f"--{name}")
        elif value is not None and value is not False:
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
