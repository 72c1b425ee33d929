"""Settings of the program, read from the environment (`CASE2FHIR_*`) or a `.env` file.

Nothing else in the program reads the environment.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.errors import ConfigurationError


class Settings(BaseSettings):
    """All settings with their defaults; every one may be left alone."""

    model_config = SettingsConfigDict(
        env_prefix="CASE2FHIR_", env_file=".env", extra="ignore", frozen=True
    )

    mappings: Path | None = Field(
        default=None,
        description="Folder laid over the built-in mappings; a file in it replaces or extends "
        "the built-in file of the same path.",
    )
    model: Path | None = Field(
        default=None, description="Spotter model to use instead of the built-in one."
    )
    database_url: str = Field(
        default="sqlite:///case2fhir.db",
        description="Where cases are kept: sqlite:///path or postgresql://user@host/name.",
    )
    targets_file: Path | None = Field(
        default=None, description="TOML file with the FHIR servers that may be sent to."
    )
    hl7_validator: str | None = Field(
        default=None,
        description="HL7's validator for `check --strict`: the path of its jar, or a command.",
    )
    base_url: str = Field(
        default="http://127.0.0.1:8000",
        description="Address under which clients reach the service; used in links only.",
    )
    workers: int = Field(
        default_factory=lambda: os.cpu_count() or 1,
        ge=1,
        le=256,
        description="Processes that convert documents.",
    )
    max_document_bytes: int = Field(
        default=10_000_000, ge=1, description="Largest document that is taken, in bytes."
    )
    max_text_characters: int = Field(
        default=1_000_000, ge=1, description="Longest text that is converted, in code points."
    )
    max_pdf_pages: int = Field(
        default=200, ge=1, le=100_000, description="Most pages of a PDF that is taken."
    )
    max_pdf_memory_bytes: int = Field(
        default=1_000_000_000,
        ge=200_000_000,
        description="Most memory that the process which reads a PDF may use, in bytes.",
    )
    pdf_timeout_seconds: float = Field(
        default=20.0,
        gt=0,
        le=3600,
        description="Longest time that the process which reads a PDF may take.",
    )
    max_unpacked_bytes: int = Field(
        default=50_000_000,
        ge=1,
        description="Largest size of a DOCX file when unpacked, in bytes, pictures left out.",
    )
    convert_timeout_seconds: float = Field(
        default=60.0, gt=0, description="Longest time that one conversion may take."
    )
    delivery_timeout_seconds: float = Field(
        default=60.0, gt=0, description="Longest time to wait for a target's answer."
    )
    delivery_workers: int = Field(
        default=2, ge=0, le=64, description="Threads of a service process that make deliveries."
    )
    delivery_lease_seconds: float = Field(
        default=30.0,
        ge=1,
        le=3600,
        description="How long a delivery is left to a process that no longer answers.",
    )


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read once; ConfigurationError for one that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise ConfigurationError(str(first["msg"]), place=f"CASE2FHIR_{name}") from None


def secret_from_environment(name: str) -> str | None:
    """The secret that an operator keeps in the environment variable `name`, None when unset."""
    return os.environ.get(name)


def share_with_children(**values: str) -> None:
    """Settings that the processes started from here on read: `workers="2"`."""
    for name, value in values.items():
        os.environ[f"CASE2FHIR_{name.upper()}"] = value
