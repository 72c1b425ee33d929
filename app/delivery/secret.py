"""Secrets: where they are, never what they are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from app.errors import ConfigurationError
from app.settings import secret_from_environment


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret is; it is read when it is needed and kept nowhere."""

    variable: str | None = None
    file: Path | None = None

    def token(self) -> str:
        """The secret as it may stand in a header; ConfigurationError when it may not."""
        value = self.read()
        if not re.fullmatch(r"[\x21-\x7e]+", value):
            raise ConfigurationError(
                "a token is one line of ASCII without spaces",
                place=self.variable or str(self.file),
            )
        return value

    def read(self) -> str:
        """The secret; ConfigurationError when it is not there."""
        if self.variable is not None:
            value = secret_from_environment(self.variable)
            if not value:
                raise ConfigurationError("the environment variable is not set", place=self.variable)
            return value
        assert self.file is not None
        try:
            value = self.file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not text"
            raise ConfigurationError(
                f"the secret cannot be read: {reason}", place=str(self.file)
            ) from None
        if not value:
            raise ConfigurationError("the file of the secret is empty", place=str(self.file))
        return value
