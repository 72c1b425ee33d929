"""`vocabulary add`, `list` and `lookup`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.errors import InputError

if TYPE_CHECKING:
    from app.terminology import Domain, Vocabulary

vocabulary = typer.Typer(help="The vocabularies that give codes.", rich_markup_mode=None)

Mappings = Annotated[
    Path | None,
    typer.Option("--mappings", help="Your mappings folder. [default: CASE2FHIR_MAPPINGS]"),
]


@vocabulary.command("add")
def add(
    source: Annotated[
        Path,
        typer.Argument(
            help="A SNOMED CT release (RF2) or LOINC, as folder or zip; or an OBO file."
        ),
    ],
    mappings: Mappings = None,
    name: Annotated[str | None, typer.Option("--name", help="Name of the pack.")] = None,
    version: Annotated[
        str | None, typer.Option("--version", help="Version, when the source does not say it.")
    ] = None,
    licence: Annotated[
        str | None, typer.Option("--licence", help="Note on the licence, kept with the pack.")
    ] = None,
    system: Annotated[
        str | None, typer.Option("--system", help="Address of an ontology's code system.")
    ] = None,
    domain: Annotated[
        list[str] | None,
        typer.Option("--domain", help="What an ontology's terms are. [default: disease, finding]"),
    ] = None,
) -> None:
    """Make a pack of a vocabulary of your own; it is asked before the built-in ones."""
    from app.resources import layers
    from app.terminology.own import Options, add

    folder = _folder(mappings)
    if folder is None:
        raise InputError("name your mappings folder", place="--mappings")
    if folder.exists() and not folder.is_dir():
        raise InputError("not a folder", place=str(folder))
    options = Options(name=name, version=version, licence=licence, system=system)
    if domain:
        options = replace(options, domains=_domains(domain))
    made, counts = add(source, layers(folder), options)
    place = folder / "vocabulary" / "packs" / f"{made}.toml"
    said = ", ".join(f"{count} {what}" for what, count in counts.items())
    typer.echo(f"{made}: {said}; {place}")


@vocabulary.command("list")
def list_packs(mappings: Mappings = None) -> None:
    """The packs in the order in which they are asked: source, version, licence, counts."""
    for pack in _load(mappings).packs:
        counts = ", ".join(f"{count} {what}" for what, count in pack.counts.items())
        typer.echo(f"{pack.name}: {pack.title}, {pack.version}")
        typer.echo(f"  source   {pack.source}")
        typer.echo(f"  licence  {pack.licence}")
        typer.echo(f"  codes    {', '.join(pack.systems) or 'none, only finds words'}")
        typer.echo(f"  counts   {counts}")


@vocabulary.command("lookup")
def lookup(
    phrase: Annotated[str, typer.Argument(help="Words as in a report.")],
    mappings: Mappings = None,
    domain: Annotated[
        list[str] | None, typer.Option("--domain", help="Asked for as this. [default: each]")
    ] = None,
) -> None:
    """The codes of a phrase, by what it is asked for as; exit code 1 when there are none."""
    found = _load(mappings)
    rows = []
    for kind in _domains(domain or []):
        hit = found.lookup(phrase, kind)
        if hit is None:
            continue
        for code in hit.codes:
            rows.append((kind.value, hit.fit.value, code.system, code.code, code.display or ""))
    for row in rows:
        typer.echo("\t".join(row))
    if not rows:
        typer.echo("no certain code", err=True)
        raise typer.Exit(1)


def _domains(words: list[str]) -> tuple[Domain, ...]:
    """The domains of words, all of them when there are no words."""
    from app.terminology import Domain

    unknown = sorted(set(words) - set(Domain))
    if unknown:
        raise InputError(f"one of {', '.join(Domain)}", place="--domain")
    return tuple(Domain(word) for word in words or Domain)


def _folder(mappings: Path | None) -> Path | None:
    from app.settings import get_settings

    return mappings or get_settings().mappings


def _load(mappings: Path | None) -> Vocabulary:
    from app import terminology

    folder = _folder(mappings)
    if folder is not None and not folder.is_dir():
        raise InputError("there is no such folder", place=str(folder))
    return terminology.load(folder)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(vocabulary, name="vocabulary")
