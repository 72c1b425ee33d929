"""The checks: places, words, statements without evidence, references to nothing."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from app.contents import Contents, Entry, derivation
from app.fhir.gates.finding import Finding, error, warning
from app.fhir.run import TEXT_PATH
from app.verification.rules import EvidenceRules
from app.verification.walk import Found, Json, elements, objects
from app.verification.words import agree, is_evidence, tidy, words_of

MAX_FINDINGS = 1000
"""More findings than this are only counted: a bundle of millions of faults has one cause."""

_PARTS = ("reference", "path", "offset", "length")


class Check:
    """One run over the contents of bundles."""

    def __init__(self, contents: Contents, rules: EvidenceRules, text: str | None) -> None:
        self.contents = contents
        self.rules = rules
        self.given = text
        self.findings: list[Finding] = []
        self.statements = 0
        self.places = 0
        self._more = 0
        self._texts: dict[str, str | None] = {}

    def run(self) -> None:
        """All checks, resource by resource."""
        if not any(self.contents.of_type("DocumentReference")) and self.given is None:
            self._say(error("Bundle", "holds no DocumentReference; give the text beside it"))
        for entry in self.contents.entries:
            if entry.type == "DocumentReference":
                self._document(entry)
            quotes = self._objects(entry)
            if entry.type in self.rules.resources:
                self._statement(entry, quotes)
            self._elements(entry, quotes.get(entry.path, []), bool(quotes))
        if self._more:
            self._say(error("Bundle", f"{self._more} more findings are not listed"), last=True)

    def _say(self, finding: Finding, *, last: bool = False) -> None:
        if len(self.findings) < MAX_FINDINGS or last:
            self.findings.append(finding)
        else:
            self._more += 1

    # The document

    def _document(self, entry: Entry) -> None:
        """The text is there, and it is the one that its hash and size speak of."""
        content = entry.resource.get("content")
        for number, part in enumerate(content if isinstance(content, list) else []):
            attachment = part.get("attachment") if isinstance(part, dict) else None
            if isinstance(attachment, dict):
                self._attachment(f"{entry.path}.content[{number}].attachment", attachment)
        text = self.contents.text(entry, TEXT_PATH)
        if self.given is not None and text not in (None, self.given):
            self._say(error(f"{entry.path}.content[0]", "is another text than the one given"))

    def _attachment(self, path: str, attachment: Json) -> None:
        try:
            data = base64.b64decode("".join(attachment["data"].split()), validate=True)
        except (KeyError, AttributeError):
            return  # it lies elsewhere
        except ValueError:
            self._say(error(f"{path}.data", "is no base64"))
            return
        size, digest = attachment.get("size"), attachment.get("hash")
        if size is not None and str(size) != str(len(data)):
            self._say(error(f"{path}.size", "is not the size of the data"))
        if digest is not None and digest != _sha1(data):
            self._say(error(f"{path}.hash", "is not the hash of the data"))

    def _text(self, document: Entry | None, path: str) -> str | None:
        """The text that evidence points into; where it is missing, that is said once."""
        if self.given is not None:
            return self.given
        assert document is not None
        key = f"{document.path} {path}"
        if key not in self._texts:
            found = self._texts[key] = self.contents.text(document, path)
            if found is None:
                remedy = "give the text beside the bundle"
                self._say(error(document.path, f"does not hold the text at {path[:80]}; {remedy}"))
        return self._texts[key]

    # Places and references

    def _objects(self, entry: Entry) -> dict[str, list[str]]:
        """Every reference and every place in a resource; the quotes by the element they are on."""
        quotes: dict[str, list[str]] = {}
        for path, node in objects(entry.path, entry.resource):
            if is_evidence(node):
                quote = self._place(path, node)
                if quote is not None:
                    element = path.rpartition(".extension[")[0]
                    quotes.setdefault(element, []).append(quote)
            elif "reference" in node:
                self._reference(path, node)
        return quotes

    def _reference(self, path: str, node: Json) -> None:
        """A Reference finds its resource; what a search did not give may lie elsewhere."""
        address = node.get("reference")
        if not isinstance(address, str) or address.startswith("#"):
            return
        if self.contents.resolve(node) is not None or self._is_given(path):
            return
        if self.contents.whole and not address.startswith(("http:", "https:")):
            self._say(error(path, "refers to nothing in the bundle"))
        else:
            self._say(warning(path, "refers to a resource that was not given"))

    def _is_given(self, path: str) -> bool:
        """Whether it is the document's place in an evidence, whose text was given beside it."""
        return self.given is not None and path.endswith(".valueReference")

    def _place(self, path: str, extension: Json) -> str | None:
        """The words at a place; None when it has none, which is said."""
        self.places += 1
        parts = derivation(extension) or {}
        lacking = [name for name in _PARTS if parts.get(name) is None]
        if lacking:
            self._say(error(path, f"evidence lacks {', '.join(lacking)}"))
            return None
        reference, offset, length = parts["reference"], parts["offset"], parts["length"]
        document = self.contents.resolve(reference)
        if document is not None and document.type != "DocumentReference":
            self._say(error(path, "evidence points at no DocumentReference"))
            return None
        if document is None and self.given is None:
            self._say(error(path, "evidence points at a document that is not there"))
            return None
        if not isinstance(parts["path"], str):
            self._say(error(path, "the path of the evidence is no string"))
            return None
        text = self._text(document, parts["path"])
        if text is None:
            return None
        if type(offset) is not int or type(length) is not int or offset < 0 or length < 1:
            self._say(error(path, "offset or length is no number that can be"))
        elif offset + length > len(text):
            self._say(error(path, "evidence lies outside the text"))
        elif not text[offset : offset + length].strip():
            self._say(error(path, "evidence points at white space"))
        elif _cut(text, offset) or _cut(text, offset + length):
            self._say(error(path, "evidence begins or ends inside a word"))
        else:
            return text[offset : offset + length]
        return None

    # Statements

    def _statement(self, entry: Entry, quotes: dict[str, list[str]]) -> None:
        """A resource that says something of a patient has evidence with the words of its name."""
        self.statements += 1
        if not any(k in entry.resource for k in ("subject", "patient")):
            self._say(error(entry.path, "speaks of no patient"))
        own = entry.resource.get("extension")
        if not any(map(is_evidence, own if isinstance(own, list) else [])):
            self._say(error(entry.path, f"{entry.type} without evidence"))
            return
        said = quotes.get(entry.path, [])
        for name in self.rules.resources[entry.type]:
            for found in elements(entry.path, entry.resource, name):
                there = said + quotes.get(found.path, [])
                words = words_of(found.value, found.extensions)
                if not words or not there or words in self.rules.written.texts:
                    continue
                if not any(agree(part, there) for part in (words, *words.split(", "))):
                    self._say(error(found.path, "words and evidence differ"))

    def _elements(self, entry: Entry, named: list[str], read: bool) -> None:
        """An element with words of its own points at them; words that name the resource, too,
        may leave it to the resource, unless no place of it could be `read`."""
        for name in self.rules.elements.get(entry.type, ()):
            for found in elements(entry.path, entry.resource, name):
                if found.key in self.rules.written.types and name.endswith("value[x]"):
                    continue
                self._element(found, named, read)

    def _element(self, found: Found, named: list[str], read: bool) -> None:
        is_code = found.key in self.rules.written.codes
        words = None if is_code else words_of(found.value, found.extensions)
        spots = [x for x in found.extensions if is_evidence(x)]
        if found.value is None and words is None:
            return  # only why it is missing
        if words in self.rules.written.texts:
            return
        self.statements += 1
        if not spots:
            if words is None or (read and tidy(words) not in map(tidy, named)):
                self._say(error(found.path, "a statement without evidence"))
            return
        there = [q for x in spots if (q := self._quote(x)) is not None]
        if words and there and not any(agree(p, there) for p in (words, *words.split("; "))):
            self._say(error(found.path, "words and evidence differ"))

    def _quote(self, extension: Json) -> str | None:
        """The words at a place that has been read already; what is wrong with it was said."""
        parts: dict[str, Any] = derivation(extension) or {}
        document = self.contents.resolve(parts.get("reference"))
        offset, length, path = parts.get("offset"), parts.get("length"), parts.get("path")
        if type(offset) is not int or type(length) is not int or not isinstance(path, str):
            return None
        text = self.given
        if text is None and document is not None:
            text = self._texts.get(f"{document.path} {path}")
        if text is None or offset < 0 or length < 1 or offset + length > len(text):
            return None
        return text[offset : offset + length]


def _cut(text: str, at: int) -> bool:
    """Whether a position parts a word: letter from letter, or digit from digit."""
    if at in (0, len(text)):
        return False
    before, behind = text[at - 1], text[at]
    return (before.isalpha() and behind.isalpha()) or (before.isdigit() and behind.isdigit())


def _sha1(data: bytes) -> str:
    # SHA-1 because Attachment.hash is defined as it
    digest = hashlib.sha1(data, usedforsecurity=False).digest()
    return base64.b64encode(digest).decode("ascii")
