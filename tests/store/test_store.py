"""The store: what is kept, by several processes, and refused."""

from __future__ import annotations

import multiprocessing
import sqlite3
from pathlib import Path

import pytest

from app.errors import ConfigurationError, NotFound
from app.jobs import BundleForm, ReadCase, WrittenBundle
from app.settings import Settings
from app.store import Store, case_id

FORM = BundleForm()


def settings(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, database_url=f"sqlite:///{tmp_path / 'cases.db'}")


def read(text: bytes) -> ReadCase:
    bundle = WrittenBundle(b'{"entry": []}', b"[]")
    return ReadCase(b'{"c":1}', b"[]", text, "text/plain", "0" * 64, None, bundle)


def _add(url: str, text: bytes) -> bool:
    store = Store(Settings(_env_file=None, database_url=url))
    try:
        return store.cases.add(read(text))[1]
    finally:
        store.close()


def test_processes_agree_on_who_was_first(tmp_path: Path) -> None:
    url = settings(tmp_path).database_url
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        new = pool.starmap(_add, [(url, b"one report")] * 9 + [(url, b"another")])
    assert new.count(True) == 2


def test_cases_stay_when_the_store_is_opened_again(tmp_path: Path) -> None:
    store = Store(settings(tmp_path))
    kept, _ = store.cases.add(read(b"a report"))
    store.cases.keep_bundle(kept, FORM, "rules", WrittenBundle(b'{"a": 1.50}', b"[]"), ["r1"])
    store.close()
    store = Store(settings(tmp_path))
    assert store.cases.get(kept.id) == kept
    found = store.cases.bundle(kept.id, 1, FORM, "rules")
    assert found is not None
    assert found.json == b'{"a": 1.50}'
    assert store.cases.bundle(kept.id, 1, FORM, "other rules") is None
    assert store.cases.with_resource("r1") == kept.id
    store.close()


def test_what_is_deleted_is_not_in_the_files(tmp_path: Path) -> None:
    secret = b"the words of a report that must go"
    store = Store(settings(tmp_path))
    kept, _ = store.cases.add(read(secret))
    files = list(tmp_path.iterdir())
    assert any(secret in f.read_bytes() for f in files)
    store.deliveries.add(kept.id, 1, "t")
    store.cases.delete(kept.id)
    assert not any(secret in f.read_bytes() for f in tmp_path.iterdir())
    assert store.deliveries.list(10) == []
    with pytest.raises(NotFound):
        store.deliveries.add(kept.id, 1, "t")
    store.cases.keep_bundle(kept, FORM, "rules", WrittenBundle(b"{}", b"[]"), ["r1"])
    with pytest.raises(NotFound):
        store.cases.with_resource("r1")
    store.close()


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("nonsense", "not a database address"),
        ("mysql://host/name", "not supported"),
        ("sqlite://", "needs the path"),
        ("sqlite:////no/such/folder/cases.db", "no folder"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused(url: str, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason):
        Store(Settings(_env_file=None, database_url=url))


def test_a_database_of_another_version_is_refused(tmp_path: Path) -> None:
    Store(settings(tmp_path)).close()
    connection = sqlite3.connect(tmp_path / "cases.db")
    connection.execute("UPDATE about SET value = '99'")
    connection.commit()
    connection.close()
    with pytest.raises(ConfigurationError, match="schema version 99"):
        Store(settings(tmp_path))


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cases.db").write_bytes(b"something else" * 100)
    with pytest.raises(ConfigurationError, match="cannot be opened"):
        Store(settings(tmp_path))


def test_the_id_is_the_documents() -> None:
    assert case_id(b"a", "text/plain") == case_id(b"a", "Text/Plain; charset=utf-8")
    assert case_id(b"a", "text/plain") != case_id(b"a", "text/markdown")
    assert case_id(b"a", "text/plain") != case_id(b"b", "text/plain")
