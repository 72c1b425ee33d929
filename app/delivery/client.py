"""Sending a bundle to a target and reading what it answers.

One POST carries the whole transaction. Where the target is known to take fewer entries
(`max_entries`), or refuses the transaction for its size, it goes in parts; every entry is an
update by an id of ours, so a part that is sent again changes nothing.
"""

from __future__ import annotations

import re
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson

from app import exact
from app.delivery.answer import entry_receipts, outcome_issues
from app.delivery.receipt import EntryReceipt, Receipt
from app.delivery.references import for_server, name_of, rewrite
from app.delivery.split import parts
from app.delivery.targets import Target
from app.errors import DeliveryError, InputError, TargetUnreachable
from app.version import __version__

_FHIR_JSON = "application/fhir+json"
_LIMIT_STATUSES = (400, 413, 422)
_LIMIT_WORDS = re.compile(
    r"too many (entries|resources|operations|updates)"
    r"|more \w+ operations than"
    r"|(bundle|transaction|batch|entries)[^.]* (exceed|limit|maximum|too large)",
    re.IGNORECASE,
)
"""How servers say that a transaction is over their limit: Medplum ("Transaction contains more
update operations than allowed", "... requires strict isolation but has too many entries"),
HAPI and Azure ("... exceeds the maximum ...")."""


class RefusedForSize(DeliveryError):
    """The server takes no transaction of this size."""


class Client:
    """A connection to a target. Only the target's own address is ever called."""

    def __init__(self, target: Target, *, transport: httpx.BaseTransport | None = None) -> None:
        self.target = target
        headers = {
            "Accept": _FHIR_JSON,
            "Content-Type": f"{_FHIR_JSON}; charset=utf-8",
            "Prefer": "return=minimal",
            "User-Agent": f"case2fhir/{__version__}",
        }
        auth: httpx.Auth | None = None
        if target.auth == "bearer" and target.secret is not None:
            headers["Authorization"] = f"Bearer {target.secret.read()}"
        elif target.auth == "basic" and target.secret is not None:
            auth = httpx.BasicAuth(target.username or "", target.secret.read())
        self._http = httpx.Client(
            headers=headers,
            auth=auth,
            timeout=target.timeout_seconds,
            follow_redirects=False,
            trust_env=False,
            verify=_tls(target),
            transport=transport,
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def send(self, bundle: dict[str, Any]) -> Receipt:
        """Post a transaction or batch bundle; the receipt has an entry for each of its entries.

        Raises InputError for another kind of bundle, DeliveryError when the target refuses it
        (`issues` in the message's place name the entry), TargetUnreachable without an answer.
        """
        entries: list[dict[str, Any]] = bundle.get("entry", [])
        if bundle.get("resourceType") != "Bundle" or bundle.get("type") not in (
            "transaction",
            "batch",
        ):
            raise InputError(
                "only a bundle of type transaction or batch can be sent; "
                "make one with: case2fhir convert FILE --type transaction",
                place="Bundle.type",
            )
        if not entries or any("request" not in e for e in entries):
            raise InputError("every entry needs a request", place="Bundle.entry")
        bundle = for_server(bundle, self.target.base_url)
        entries = bundle["entry"]
        most = self.target.max_entries
        if most is None or len(entries) <= most:
            try:
                return Receipt(self.target.name, self._post(bundle, entries))
            except RefusedForSize:
                if len(entries) == 1:
                    raise
                most = (len(entries) + 1) // 2
                reason = "the server refused the bundle for its size"
        else:
            reason = f"the target takes at most {most} entries at once"
        return self._in_parts(bundle, entries, most, reason)

    def _in_parts(
        self, bundle: dict[str, Any], entries: list[dict[str, Any]], most: int, reason: str
    ) -> Receipt:
        """Send part after part, smaller ones where the server still refuses for size."""
        done: dict[int, EntryReceipt] = {}
        names: dict[str, str] = {}
        requests = 0
        while len(done) < len(entries):
            left = [i for i in range(len(entries)) if i not in done]
            part = [left[i] for i in parts([entries[i] for i in left], most)[0]]
            chosen = [
                {
                    **entries[i],
                    "resource": rewrite(entries[i]["resource"], lambda r: names.get(r, r)),
                }
                for i in part
            ]
            try:
                answers = self._post({**bundle, "entry": chosen}, chosen)
            except RefusedForSize:
                if (len(part) == 1 or most == 1) and not done:
                    raise
                if len(part) == 1 or most == 1:
                    note = f"{reason}: stopped after {requests} parts, a part was refused as well"
                    break
                most = max(1, min(most, len(part)) // 2)
                continue
            except DeliveryError as error:
                if not done:
                    raise
                note = f"{reason}: stopped after {requests} parts: {error}"
                break
            requests += 1
            for i, answer in zip(part, answers, strict=True):
                done[i] = answer
                if "fullUrl" in entries[i]:
                    names[entries[i]["fullUrl"]] = _name(answer, entries[i])
        else:
            note = f"{reason}: sent in {requests} parts along their references"
        ordered = tuple(done.get(i, EntryReceipt(name_of(e))) for i, e in enumerate(entries))
        return Receipt(self.target.name, ordered, requests=requests, note=note)

    def _post(
        self, bundle: dict[str, Any], entries: list[dict[str, Any]]
    ) -> tuple[EntryReceipt, ...]:
        place = f"target {self.target.name}"
        try:
            response = self._http.post(self.target.base_url, content=exact.dumps(bundle))
        except httpx.TimeoutException:
            raise TargetUnreachable(
                f"no answer within {self.target.timeout_seconds:g} seconds", place=place
            ) from None
        except httpx.TransportError as error:
            raise TargetUnreachable(
                f"no connection ({type(error).__name__}); check base_url and the network",
                place=place,
            ) from None
        if response.is_redirect:
            host = urlsplit(response.headers.get("location", "")).hostname or "the same host"
            raise DeliveryError(
                f"answers {response.status_code} with a redirect to {host}, which is not "
                "followed; set base_url to the address that takes transactions",
                place=place,
            )
        body = _json(response)
        if response.is_success:
            if body is None or body.get("resourceType") != "Bundle":
                raise DeliveryError(
                    f"answers {response.status_code} without a Bundle; check base_url", place=place
                )
            return entry_receipts(body, entries, place)
        issues = outcome_issues(body, entries)
        said = "; ".join(i.text or i.code for i in issues[:3])
        message = f"answers {response.status_code}" + (f": {said}" if said else "")
        if response.status_code == 413 or (
            response.status_code in _LIMIT_STATUSES and _LIMIT_WORDS.search(said)
        ):
            raise RefusedForSize(message, place=place)
        raise DeliveryError(message, place=place)


def send(
    bundle: dict[str, Any], target: Target, *, transport: httpx.BaseTransport | None = None
) -> Receipt:
    """Send one bundle to a target. See `Client.send`."""
    with Client(target, transport=transport) as client:
        return client.send(bundle)


def _tls(target: Target) -> Any:
    if not isinstance(target.tls_verify, str):
        return target.tls_verify
    import ssl

    return ssl.create_default_context(cafile=target.tls_verify)


def _json(response: httpx.Response) -> dict[str, Any] | None:
    try:
        body = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return None
    return body if isinstance(body, dict) else None


def _name(answer: EntryReceipt, entry: dict[str, Any]) -> str:
    """`Type/id` of a resource on the server: from its location, else the one that we gave."""
    own = name_of(entry)
    kind = own.split("/", 1)[0]
    found = re.search(
        rf"(?:^|/)({kind}/[A-Za-z0-9.-]{{1,64}})(?:/_history/|$)", answer.location or ""
    )
    return found.group(1) if found else own
