"""The tables. Bundles, cases and documents are bytes: what was checked is what comes back."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
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

SCHEMA_VERSION = "2"
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
    Column("next_try", _TIME, nullable=False),  # not before this moment
    Column("failures", Integer, nullable=False, default=0),  # attempts that failed in a row
    Column("requests", Integer, nullable=False, default=0),
    Column("verify", Boolean, nullable=False, default=False),
    Column("cancelled", Boolean, nullable=False, default=False),  # somebody wants it to stop
    Column("error", Text),
    Column("plan", Text),
    Index("deliveries_by_status", "status", "next_try"),
    Index("deliveries_by_case", "case_id"),
)

leases = Table(  # who makes a delivery now: its key lets only one at a case and target be made
    "leases",
    metadata,
    _case_key(primary_key=True),
    Column("target", String(128), primary_key=True),
    Column("delivery_id", _ID, nullable=False, unique=True),
    Column("owner", _ID, nullable=False),
    Column("until", _TIME, nullable=False),
)

receipts = Table(  # the ledger: a row for each entry of a delivery
    "receipts",
    metadata,
    Column("delivery_id", _ID, ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True),
    Column("resource", String(128), primary_key=True),  # our Type/id
    Column("position", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("sha", String(32)),  # of what was sent
    Column("json", LargeBinary, nullable=False),
)

on_target = Table(  # what a target holds of a case, under which id
    "on_target",
    metadata,
    _case_key(primary_key=True),
    Column("target", String(128), primary_key=True),
    Column("resource", String(128), primary_key=True),  # our Type/id
    Column("server", String(192), nullable=False),  # the server's Type/id
    Column("updated", _TIME, nullable=False),
    Index("on_target_by_resource", "target", "resource"),
)
