"""Every error that case2fhir raises on purpose, in one tree.

    Case2FhirError
    ├── InputError                  what came in cannot be used          400
    │   ├── UnsupportedMediaType    no reader for it                     415
    │   ├── TooLarge                over a configured limit              413
    │   ├── EncodingError           its characters cannot be read        400
    │   ├── MalformedDocument       broken XML, JSON, ...                400
    │   ├── UnsafeDocument          entity bombs, external entities      400
    │   ├── EmptyDocument           nothing to read in it                422
    │   └── InvalidCase             a posted case that contradicts itself 422
    ├── NotFound                    no such case, bundle, target         404
    ├── Conflict                    somebody else changed it first       412
    │   ├── AlreadyThere            another case of the same document    409
    │   └── Finished                it is over, nothing can be changed   409
    ├── ConfigurationError          settings, targets                    500
    │   ├── MappingError            a mapping file, with file and line   500
    │   └── VocabularyError         a compiled pack or model             500
    ├── GateError                   a bundle failed a gate: a bug        500
    ├── WorkerError                 a conversion process failed: a bug   500
    │   └── ConversionTimeout       it took longer than is allowed       503
    └── DeliveryError               the target did not take it           502
        └── TargetUnreachable       no answer, or none in time           504

A message names the place and what to do. It never holds words of the report:
errors are logged and sent to third parties, clinical text is not.
"""

from __future__ import annotations

import traceback
from typing import Any, ClassVar


class Case2FhirError(Exception):
    """Root of all errors raised on purpose.

    `place` says where (a file and line, a JSON path, a byte offset, an element path);
    `status` is the HTTP status that the service answers with; `code` is the
    FHIR issue-type of the OperationOutcome.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "exception"

    def __init__(self, message: str, *, place: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.place = place

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


class InputError(Case2FhirError):
    """What came in cannot be used; the sender can mend it."""

    status = 400
    code = "invalid"


class UnsupportedMediaType(InputError):
    """No reader exists for this media type."""

    status = 415
    code = "not-supported"


class TooLarge(InputError):
    """Over a limit that the operator set."""

    status = 413
    code = "too-long"


class EncodingError(InputError):
    """The bytes are not text in an encoding that is recognised."""

    code = "structure"


class MalformedDocument(InputError):
    """Broken XML, JSON or the like."""

    code = "structure"


class UnsafeDocument(InputError):
    """Read on, the document would harm the reader (entity expansion, external entities)."""

    code = "security"


class EmptyDocument(InputError):
    """There are no words in it."""

    status = 422
    code = "required"


class InvalidCase(InputError):
    """A posted case does not follow the case schema or contradicts itself."""

    status = 422
    code = "invariant"


class NotFound(Case2FhirError):
    """No such case, bundle, target or delivery."""

    status = 404
    code = "not-found"


class Conflict(Case2FhirError):
    """The version that the client holds is not the current one."""

    status = 412
    code = "conflict"


class AlreadyThere(Conflict):
    """What is to be made exists already, with another content."""

    status = 409


class Finished(Conflict):
    """What is to be changed has come to its end."""

    status = 409


class ConfigurationError(Case2FhirError):
    """A setting or a configured file is wrong; the operator can mend it."""


class MappingError(ConfigurationError):
    """A mapping file is wrong; `place` is its file and line."""


class VocabularyError(ConfigurationError):
    """A compiled vocabulary pack or the model cannot be used."""


class GateError(Case2FhirError):
    """A bundle did not pass its own gates: a bug of case2fhir or of a mapping file of the user's.
    It is never output. `issues` (app.issues) say what failed, with its words."""

    issues: tuple[Any, ...] = ()


class WorkerError(Case2FhirError):
    """The process that converted the document ended or met a bug; `place` is where in the code."""


class ConversionTimeout(WorkerError):
    """The conversion took longer than the operator allows."""

    status = 503
    code = "timeout"


class DeliveryError(Case2FhirError):
    """The target answered, but did not take what was sent."""

    status = 502
    code = "transient"


class TargetUnreachable(DeliveryError):
    """The target did not answer, or not in time."""

    status = 504
    code = "timeout"


def place_of(error: BaseException) -> str:
    """File and line where an unexpected error arose, for messages and logs; never its own
    message, which may hold clinical text."""
    frames = traceback.extract_tb(error.__traceback__)
    last = next((f for f in reversed(frames) if "/app/" in f.filename), frames[-1])
    return f"{last.filename.rsplit('/app/', 1)[-1]}:{last.lineno}"
