"""The tables. Bundles, cases and documents are bytes: what was checked is what comes back."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

SCHEMA_VERSION = "1"
"""Raised with every change below; a database with another version is refused."""

metadata = MetaData()

_ID = String(36)
_TIME = String(32)


def _case_key(*, primary_key: bool = False) -> Column[str]:
    """The case that a row belongs to and goes with."""
    return Column(
        "case_id",
        _ID,
        ForeignKey("cases.id", ondelete="CASCADE"),
        primary_key=primary_key,
        nullable=False,
    )


about = Table(
    "about",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

cases = Table(
    "cases",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("sha256", String(64), nullable=False),  # of the document's bytes
    Column("text_sha256", String(64), nullable=False),  # of its text
    Column("title", Text),
    Column("created", _TIME, nullable=False),
    Column("modified", _TIME, nullable=False),
    Column("version", Integer, nullable=False),
    Index("cases_by_age", "created", "id"),
)

documents = Table(
    "documents",
    metadata,
    _case_key(primary_key=True),
    Column("media_type", String(255), nullable=False),
    Column("data", LargeBinary, nullable=False),
)

case_versions = Table(
    "case_versions",
    metadata,
    _case_key(primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("etag", String(64), nullable=False),
    Column("created", _TIME, nullable=False),
    Column("json", LargeBinary, nullable=False),
    Column("issues", LargeBinary, nullable=False),  # what reading did not use
)

bundles = Table(
    "bundles",
    metadata,
    _case_key(primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("fhir_version", String(8), primary_key=True),
    Column("bundle_type", String(16), primary_key=True),
    Column("rules", String(64), primary_key=True),  # program and mappings that made it
    Column("json", LargeBinary, nullable=False),
    Column("issues", LargeBinary, nullable=False),  # what writing did not use
)

resources = Table(
    "resources",
    metadata,
    Column("id", String(64), primary_key=True),
    _case_key(primary_key=True),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", _ID, primary_key=True),
    _case_key(),
    Column("case_version", Integer, nullable=False),
    Column("target", String(128), nullable=False),
    Column("status", String(16), nullable=False),
    Column("created", _TIME, nullable=False),
    Column("updated", _TIME, nullable=False),
    Column("requests", Integer, nullable=False, default=0),
    Column("error", Text),
    Column("plan", Text),  # for the plan that a delivery will follow
    Index("deliveries_by_status", "status", "created"),
    Index("deliveries_by_case", "case_id"),
)

receipts = Table(
    "receipts",
    metadata,
    Column("delivery_id", _ID, ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("json", LargeBinary, nullable=False),
)
