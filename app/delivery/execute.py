"""Carrying out a delivery: plan, send, take back, read back. Every step is in the ledger before
it goes out, and all of it may be done again: nothing is made twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from app.delivery.answer import Answer, entry_receipts, first_words, raw_issues, single_receipt
from app.delivery.capability import Capability, check_version
from app.delivery.client import Client
from app.delivery.compare import differences
from app.delivery.errors import NoAnswer, Refused
from app.delivery.find import find
from app.delivery.form import Contents, Form, search
from app.delivery.ledger import Ledger
from app.delivery.manner import Manner, check_alone, manner_of, of_plan
from app.delivery.plan import Plan, Step, left_out, make
from app.delivery.receipt import EntryReceipt
from app.delivery.refusal import relearn
from app.delivery.withdraw import withdraw
from app.delivery.words import Words
from app.errors import DeliveryError

_MANNERS = 12
"""How often a delivery changes its manner before it is given up; each halves a limit or
switches something for good."""


class Delivering:
    """One delivery to one target. `withdrawn` are resources of earlier versions of the case,
    `manner` is what other deliveries have learned about the target."""

    def __init__(
        self,
        found: Contents,
        client: Client,
        capability: Capability,
        ledger: Ledger,
        *,
        words: Words | None = None,
        withdrawn: tuple[str, ...] = (),
        verify: bool = False,
        manner: Manner | None = None,
    ) -> None:
        self._found = found
        self._client = client
        self._target = client.target
        self._ledger = ledger
        self._words = words or Words(found)
        self._withdrawn = withdrawn
        self._verify = verify
        self._place = f"target {client.target.name}"
        check_version(capability, client.target.fhir_version, client.target.name)
        self._left_out, self._said = left_out(found, client.target, capability)
        held = ledger.plan()
        self._manner = of_plan(held) if held else manner or manner_of(client.target, capability)

    @property
    def manner(self) -> Manner:
        """The manner that is known now."""
        return self._manner

    def plan(self) -> Plan:
        """The plan in the manner that is known now."""
        check_alone(self._manner, self._target)
        known = self._ledger.known()
        return make(self._form(), self._manner, self._said, known, self._withdrawn)

    def run(self) -> None:
        """Send everything. Raises Refused with the reason, MayPass when it may be tried again,
        Stopped when the ledger says so. What was done stands in the ledger in any case."""
        for _ in range(_MANNERS):
            plan = self.plan()
            self._ledger.planned(
                plan.as_dict(self._target.name),
                [EntryReceipt(item.resource, left_out=item.reason) for item in self._said],
            )
            if all(self._step(step) for step in plan.steps):
                break
        else:
            raise Refused("the server refuses every manner of sending", place=self._place)
        self._take_back()
        if self._verify:
            self._read_back()

    def _form(self) -> Form:
        return Form(self._found, self._target, self._manner, self._left_out)

    def _step(self, step: Step) -> bool:
        """Send one step, without what was sent before; False when another plan is needed."""
        found, finished = self._found, self._ledger.finished()
        deferred = dict(step.deferred)
        todo = [
            p
            for p in step.positions
            if finished.get(found.names[p])
            not in ((found.shas[p], "") if p in deferred else (found.shas[p],))
        ]
        if not todo:
            return True
        names = [found.names[p] for p in todo]
        if self._manner.searched:
            self._look_up(todo)
        self._ledger.sending(names)
        known = self._ledger.known()
        form = self._form()
        entries = [
            form.entry(p, known, beside=frozenset(todo), deferred=frozenset(deferred.get(p, ())))
            for p in todo
        ]
        answer, receipts = self._sent(entries, names)
        if not answer.ok:
            return self._refused(answer, Step(tuple(todo), step.deferred), known)
        receipts = [self._found_there(r, p) for r, p in zip(receipts, todo, strict=True)]
        # a create that found somebody else's changed nothing: an update must follow
        others = {
            r.resource
            for r, e in zip(receipts, entries, strict=True)
            if e["request"]["method"] == "POST" and r.status == 200
        }
        begun = others | {found.names[p] for p in deferred}
        shas = ["" if found.names[p] in begun else found.shas[p] for p in todo]
        self._ledger.answered(receipts, shas)
        bad = [r for r in receipts if not r.ok]
        if bad:
            raise Refused(f"does not take {bad[0].resource}: {bad[0].status}", place=self._place)
        return self._step(step) if others else True

    def _sent(
        self, entries: list[dict[str, Any]], names: list[str]
    ) -> tuple[Answer, list[EntryReceipt]]:
        """The answer to a request with these entries, and their receipts when it was taken."""
        try:
            if len(entries) > 1 or not self._manner.single:
                body = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
                answer = self._client.call("POST", "", body)
                if not answer.ok:
                    return answer, []
                return answer, list(entry_receipts(answer.body, entries, names, self._place))
            (entry,), request = entries, entries[0]["request"]
            condition = request.get("ifNoneExist")
            headers = {"If-None-Exist": condition} if condition else {}
            answer = self._client.call(
                request["method"], request["url"], entry["resource"], headers
            )
            return answer, [single_receipt(answer, entry, names[0])] if answer.ok else []
        except NoAnswer as error:
            if self._manner.alone:  # the server may work on it still; a search would be too early
                error.after = max(error.after or 0.0, self._target.timeout_seconds)
            raise

    def _look_up(self, positions: Sequence[int]) -> None:
        """Ask where these are, of which that is not known."""
        known, form = self._ledger.known(), self._form()
        self._ledger.sending([])
        for p in positions:
            name = self._found.names[p]
            if name not in known and (server := find(self._client, name, form.search(p))):
                self._ledger.located({name: server})

    def _found_there(self, receipt: EntryReceipt, position: int) -> EntryReceipt:
        """The receipt with the id of the server, asked for where the answer does not say it."""
        if not receipt.ok or receipt.server is not None:
            return receipt
        server = find(self._client, receipt.resource, self._form().search(position))
        if server is None:
            raise Refused(f"does not say where {receipt.resource} is", place=self._place)
        return replace(receipt, server=server)

    def _refused(self, answer: Answer, step: Step, known: Any) -> bool:
        """Learn from a refusal, or keep its reasons and raise Refused."""
        names = [self._found.names[p] for p in step.positions]
        gone = [n for n in names if n in known] if self._manner.server_ids else []
        if answer.status in (404, 410) and gone:
            self._ledger.forget(gone)
            return False
        form = self._form()
        conditional = sum(form.conditional(p, known) for p in step.positions)
        manner = relearn(answer, step, self._manner, conditional)
        if manner is not None and self._allowed(manner):
            self._manner = manner
            return False
        said = self._explained(answer, step.positions)
        if said:
            self._ledger.answered(said, [""] * len(said))
        reason = first_words(answer.body)
        about = f"{said[0].resource}: " if said else ""
        raise Refused(
            f"answers {answer.status}" + (f": {about}{reason}" if reason else ""),
            place=self._place,
        )

    def _allowed(self, manner: Manner) -> bool:
        """Whether the target's settings leave this manner open."""
        target = self._target
        return not (
            (manner.server_ids and target.ids == "ours")
            or (manner.single and target.send_as == "transaction")
        )

    def _explained(self, answer: Answer, positions: Sequence[int]) -> list[EntryReceipt]:
        """Receipts for the entries that a refusal names, with the words of the report."""
        by_entry: dict[int, list[Any]] = {}
        for raw in raw_issues(answer.body):
            index = 0 if len(positions) == 1 else raw.entry
            if index is None or not index < len(positions) or raw.issue.severity == "information":
                continue
            position = positions[index]
            by_entry.setdefault(position, []).append(self._words.explained(raw.issue, position))
        return [
            EntryReceipt(self._found.names[p], answer.status, issues=tuple(issues))
            for p, issues in sorted(by_entry.items())
        ]

    def _take_back(self) -> None:
        known = self._ledger.known()
        refused = []
        for name in self._withdrawn:
            self._ledger.sending([name])
            server = known.get(name) or self._where(name)
            receipt = EntryReceipt(name, 200, withdrawn="not there")
            if server is not None:
                self._ledger.located({name: server})
                receipt = withdraw(self._client, name, server, self._target.withdraw)
            self._ledger.answered([receipt], [""])
            if not receipt.ok:
                refused.append(name)
        if refused:
            raise Refused(f"{refused[0]} cannot be taken back", place=self._place)

    def _where(self, name: str) -> str | None:
        """Where a resource is that was sent without an answer; None when it is not there."""
        if not self._manner.server_ids:
            return name
        refusals = []
        for tagged in (False, True):
            try:
                server = find(self._client, name, search(name, self._target, tagged=tagged))
            except Refused as refusal:  # Provenance has no identifier to search by
                refusals.append(refusal)
                continue
            if server is not None:
                return server
        if len(refusals) == 2:
            raise refusals[0]
        return None

    def _read_back(self) -> None:
        """Read what was sent and compare; what differs fails the delivery."""
        known, form = self._ledger.known(), self._form()
        receipts, wrong = [], 0
        for i, name in enumerate(self._found.names):
            if i in self._left_out:
                continue
            server = known.get(name, name)
            self._ledger.sending([])
            answer = self._client.call("GET", server)
            if answer.status in (404, 410):
                paths: tuple[str, ...] = ("not there",)
            elif not answer.ok:
                raise DeliveryError(f"answers {answer.status} to reading", place=self._place)
            else:
                sent = form.resource(i, known)
                paths = tuple(differences(sent, answer.body, self._target.base_url))
            wrong += bool(paths)
            receipts.append((name, not paths, paths[:20]))
        self._ledger.verified(receipts)
        if wrong:
            raise Refused(
                f"{wrong} of {len(receipts)} resources do not read back as they were sent",
                place=self._place,
            )
