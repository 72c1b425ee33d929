"""The targets file: what is taken, and where what is wrong is said to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import delivery
from app.errors import ConfigurationError, NotFound
from app.settings import Settings

GOOD = """
[targets.open]
base_url = "http://127.0.0.1:8085/fhir/"
fhir_version = "5.0"
max_entries = 50

[targets.closed]
base_url = "https://fhir.example.org/r4"
fhir_version = "4.0"
auth = "bearer"
token_file = "token"
timeout_seconds = 5

[targets.named]
base_url = "https://fhir.example.org/r4"
fhir_version = "4.0"
auth = "basic"
username = "sender"
password_env = "A_PASSWORD_OF_THE_TESTS"
"""


def load(tmp_path: Path, text: str) -> dict[str, delivery.Target]:
    path = tmp_path / "targets.toml"
    path.write_text(text)
    return delivery.load(Settings(_env_file=None, targets_file=path))


def test_targets_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    targets = load(tmp_path, GOOD)
    assert list(targets) == ["open", "closed", "named"]
    assert targets["open"].base_url == "http://127.0.0.1:8085/fhir"
    assert targets["open"].max_entries == 50
    assert targets["closed"].timeout_seconds == 5
    secret = targets["closed"].secret
    assert secret is not None
    with pytest.raises(ConfigurationError, match="cannot be read"):
        secret.read()
    (tmp_path / "token").write_text("abc\n")
    assert secret.read() == "abc"
    password = targets["named"].secret
    assert password is not None
    with pytest.raises(ConfigurationError, match="A_PASSWORD_OF_THE_TESTS"):
        password.read()
    monkeypatch.setenv("A_PASSWORD_OF_THE_TESTS", "xyz")
    assert password.read() == "xyz"
    assert "xyz" not in repr(targets)
    with pytest.raises(NotFound, match="closed, named, open"):
        delivery.find(targets, "other")


def test_no_file_means_no_targets() -> None:
    targets = delivery.load(Settings(_env_file=None))
    with pytest.raises(NotFound, match="CASE2FHIR_TARGETS_FILE"):
        delivery.find(targets, "any")


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ('[targets.a]\nbase_url = "http://h/"\nfhir_version = "4.0"\ncolour = "red"', 4, "unknown"),
        ('[targets.a]\nbase_url = "http://h/"\n\nfhir_version = "3.0"', 4, "fhir_version"),
        ('\n[targets.a]\nbase_url = "ftp://h/"\nfhir_version = "4.0"', 3, "https"),
        ('[targets.a]\nbase_url = "http://u:p@h/"\nfhir_version = "4.0"', 2, "use auth"),
        (
            '[targets.a]\nbase_url = "http://h/"\nfhir_version = "4.0"\nauth = "bearer"\n'
            'token_env = "T"',
            2,
            "only sent over https",
        ),
        ('[targets.a]\nbase_url = "https://h/"\nfhir_version = "4.0"\nauth = "bearer"', 4, "needs"),
        ('[targets.a]\nbase_url = "https://h"\nfhir_version = "4.0"\ntoken_env = "T"', 1, "need"),
        ('[targets.a]\nbase_url = "https://h"\nfhir_version = "4.0"\ntls_verify = "x"', 4, "file"),
        ("[target.a]\n", 1, "unknown table"),
        ('[targets."a b"]\n', 1, "name"),
        ("[targets.a\n", None, "TOML"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(
    tmp_path: Path, text: str, line: int | None, reason: str
) -> None:
    with pytest.raises(ConfigurationError, match=reason) as caught:
        load(tmp_path, text)
    if line is not None:
        assert caught.value.place == f"{tmp_path / 'targets.toml'}:{line}"
