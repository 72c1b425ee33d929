"""Profiles: folders `profiles/<name>` of the mappings, laid over the other rules when asked for.

`profile.toml` says what a bundle of the profile is; a bundle that cannot be that is refused, so
that a profile is claimed only where it holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from app.case.model import Case
from app.errors import InputError
from app.rules import Rules, load_rules


class Profile(Rules):
    """`bundle_type` is the one type of bundle that it is for (None: any), `bundle` the canonical
    URL that a bundle claims (None: only resources claim something), `patients` how many a
    bundle is about (None: any number)."""

    source: str
    title: str
    fhir_version: str
    bundle_type: str | None = None
    bundle: str | None = None
    patients: int | None = None


def load_profiles(folders: Sequence[Path]) -> dict[str, Profile]:
    """All profiles of all layers, by name; MappingError with file and line."""
    names = {path.name for folder in folders for path in folder.glob("profiles/*")}
    return {
        name: load_rules(folders, f"profiles/{name}/profile.toml", Profile)
        for name in sorted(names)
    }


def claim(
    profiles: Mapping[str, Profile],
    name: str | None,
    case: Case,
    fhir_version: str,
    bundle_type: str,
) -> str | None:
    """The URL that a bundle of a case claims, if any; InputError when the profile cannot hold."""
    if name is None:
        return None
    profile = profiles.get(name)
    if profile is None:
        raise InputError(f"profile is one of {', '.join(profiles)}", place="profile")
    wanted = profile.bundle_type or bundle_type
    if (profile.fhir_version, wanted) != (fhir_version, bundle_type):
        kind = f"{profile.bundle_type} bundles" if profile.bundle_type else "bundles"
        raise InputError(
            f"{profile.title} is for {kind} of FHIR {profile.fhir_version}", place="profile"
        )
    if profile.patients is not None and len(case.patients) != profile.patients:
        raise InputError(
            f"{profile.title} is about {profile.patients} patient, the report about"
            f" {len(case.patients)}",
            place="profile",
        )
    return profile.bundle
