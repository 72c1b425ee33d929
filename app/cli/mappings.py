"""`mappings check` and `mappings show`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import FhirVersion, Profile, Version
from app.errors import InputError

if TYPE_CHECKING:
    from app.fhir.show import Shown
    from app.settings import Settings

mappings = typer.Typer(help="The mapping files.", rich_markup_mode=None)


@mappings.command("check")
def check(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder laid over the built-in mappings.")
    ] = None,
) -> None:
    """Load all mappings and profiles, those of a folder laid over them; says file and line of
    what is wrong."""
    from app.pipeline import Converter

    converter = Converter(_settings(folder))
    for name in converter.writer.profiles:
        converter.writer.profile_rules(name)
    typer.echo("mappings ok")


@mappings.command("show")
def show(
    kind: Annotated[
        str | None,
        typer.Argument(help="A kind of fact, a resource type or the name of a rule file."),
    ] = None,
    fhir_version: Version = FhirVersion.R4,
    profile: Profile = None,
    folder: Annotated[
        Path | None, typer.Option("--mappings", help="Folder laid over the built-in mappings.")
    ] = None,
) -> None:
    """Print what a kind of fact becomes: element, where its value is from, code table, and the
    value set whose codes FHIR demands."""
    from app.fhir.profiles import load_profiles
    from app.fhir.show import show
    from app.resources import layers, with_profile

    folders = layers(_settings(folder).mappings)
    if profile is not None:
        profiles = load_profiles(folders)
        if profile not in profiles:
            raise InputError(f"one of {', '.join(profiles)}", place="--profile")
        if profiles[profile].fhir_version != fhir_version:
            raise InputError(
                f"{profiles[profile].title} is for FHIR {profiles[profile].fhir_version}",
                place="--profile",
            )
        folders = with_profile(folders, profile)
    for shown in show(folders, fhir_version, kind):
        for line in _lines(shown):
            typer.echo(line.rstrip())


def _lines(shown: Shown) -> Iterator[str]:
    when = f", when {shown.when}" if shown.when else ""
    yield f"{shown.kind} -> {shown.resource_type} ({shown.name}.yaml){when}"
    heads = ("element", "from", "when", "code table", "required codes", "changed in")
    rows = [heads] + [
        (r.element, r.source, r.when, r.table, r.required, r.changed) for r in shown.rows
    ]
    used = [n for n in range(len(heads)) if any(row[n] for row in rows[1:])]
    widths = {n: max(len(row[n]) for row in rows) for n in used}
    for row in rows:
        yield "  " + "  ".join(row[n].ljust(widths[n]) for n in used)
    yield ""


def _settings(folder: Path | None) -> Settings:
    from app.settings import get_settings

    settings = get_settings()
    if folder is None:
        return settings
    if not folder.is_dir():
        raise InputError("there is no such folder", place=str(folder))
    return settings.model_copy(update={"mappings": folder})


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(mappings, name="mappings")
