"""The targets file: what is taken, and where what is wrong is said to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import delivery
from app.delivery.addresses import refused
from app.errors import ConfigurationError, NotFound
from app.settings import Settings

GOOD = """
[targets.open]
base_url = "http://127.0.0.1:8085/fhir/"
fhir_version = "5.0"
max_entries = 50
types = ["Patient", "Condition"]
identifier_systems = { default = "urn:x", Patient = "urn:y" }

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

[targets.backend]
base_url = "https://fhir.example.org/r4"
fhir_version = "4.0"
auth = "smart-backend"
client_id = "us"
token_url = "https://auth.example.org/token"
key_file = "key.pem"
algorithm = "ES384"

[targets.hapi-r5]
enabled = true
timeout_seconds = 90

[targets.later]
enabled = false
base_url = "https://fhir.example.org/r4"
fhir_version = "4.0"
"""


def load(tmp_path: Path, text: str) -> dict[str, delivery.Target]:
    path = tmp_path / "targets.toml"
    path.write_text(text)
    return delivery.load(Settings(_env_file=None, targets_file=path))


def test_targets_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    targets = load(tmp_path, GOOD)
    assert sorted(targets) == ["backend", "closed", "hapi-r5", "named", "open"]
    assert targets["open"].base_url == "http://127.0.0.1:8085/fhir"
    assert targets["open"].max_entries == 50
    assert targets["open"].types == frozenset({"Patient", "Condition"})
    assert dict(targets["open"].identifier_systems)["Patient"] == "urn:y"
    assert targets["closed"].timeout_seconds == 5
    assert targets["hapi-r5"].base_url == "https://hapi.fhir.org/baseR5"
    assert targets["hapi-r5"].timeout_seconds == 90
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
    with pytest.raises(NotFound, match="closed, hapi-r5, named, open"):
        delivery.find(targets, "other")


def test_no_file_means_no_targets_that_are_on() -> None:
    settings = Settings(_env_file=None, targets_file=None)
    targets = delivery.load(settings)
    with pytest.raises(NotFound, match="CASE2FHIR_TARGETS_FILE"):
        delivery.find(targets, "any")
    ready = delivery.load_all(settings)
    assert {"hapi-r4", "hapi-r5", "smart-r4", "firely-r4"} <= set(ready)
    assert not any(t.enabled for t in ready.values())


_A = '[targets.a]\nbase_url = "https://h"\nfhir_version = "4.0"\n'


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
        (f'{_A}auth = "bearer"', 4, "needs"),
        (f'{_A}token_env = "T"', 1, "need"),
        (f'{_A}tls_verify = "x"', 4, "file"),
        (f'{_A}auth = "basic"\npassword_env = "T"', 4, "username is needed"),
        (f'{_A}scope = "x"', 4, "needs auth"),
        (f'{_A}auth = "smart-backend"\nkey_env = "K"\nclient_id = "c"', 4, "token_url is needed"),
        (
            f'{_A}auth = "client-credentials"\nclient_secret_env = "K"\nclient_id = "c"\n'
            'token_url = "http://h/token"',
            7,
            "only sent over https",
        ),
        (f"{_A}concurrency = 0", 4, "concurrency"),
        (f'{_A}tls_client_certificate = "{__file__}"', 4, "needs tls_client_key"),
        ('[targets.a]\nbase_url = "http://169.254.169.254/x"\nfhir_version="4.0"', 2, "never"),
        ('[targets.a]\nbase_url = "http://[fe80::1]/"\nfhir_version = "4.0"', 2, "never called"),
        (
            '[targets.a]\nbase_url = "http://0251.0.0.1/"\nfhir_version = "4.0"',
            2,
            "not an",
        ),
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


@pytest.mark.parametrize(
    ("host", "never"),
    [
        ("169.254.169.254", True),
        ("::ffff:169.254.169.254", True),
        ("64:ff9b::a9fe:a9fe", True),
        ("fd00:ec2::254", True),
        ("Metadata.Google.Internal.", True),
        ("0.0.0.0", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("::1", False),
        ("fhir.example.org", False),
    ],
)
def test_addresses_of_metadata_and_the_local_link_are_refused(host: str, never: bool) -> None:
    assert refused().name(host) is never
