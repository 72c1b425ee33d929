"""`send`, `targets` and `deliveries`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.bundles import read_bundle
from app.cli.options import put_out

if TYPE_CHECKING:
    from app.delivery.outbox import Outbox
    from app.delivery.receipt import EntryReceipt
    from app.store import Delivery, Store, StoredCase

_POLL_SECONDS = 0.2
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def send(
    bundle: Annotated[str, typer.Argument(help="File with a transaction, or the id of a case.")],
    to: Annotated[str, typer.Option("--to", help="Name of a target (CASE2FHIR_TARGETS_FILE).")],
    plan: Annotated[
        bool, typer.Option("--plan", help="Print what would be sent, and send nothing.")
    ] = False,
    verify: Annotated[
        bool | None, typer.Option("--verify/--no-verify", help="Read everything back and compare.")
    ] = None,
    json: Json = False,
) -> None:
    """Send a bundle or a kept case to a target and print what it answered for each entry.

    A kept case is noted as a delivery first, which outlives this program. Exit code 1 when the
    target refused it or an entry of it. Sending again makes no duplicates.
    """
    from app import delivery
    from app.errors import DeliveryError
    from app.settings import get_settings

    target = delivery.find(delivery.load(get_settings()), to)
    path = Path(bundle)
    try:
        if not path.is_file():
            ok = _case_sent(bundle, to, plan, verify, json)
        elif plan:
            _show_plan(delivery.plan(read_bundle(path), target).as_dict(to), json)
            ok = True
        else:
            receipt = delivery.send(read_bundle(path), target, verify=verify)
            _show_receipt(receipt.entries, to, receipt.note, receipt.as_dict() if json else None)
            ok = receipt.ok
    except DeliveryError as error:
        typer.echo(f"case2fhir: {' '.join(str(error).split())}", err=True)
        raise typer.Exit(1) from None
    if not ok:
        raise typer.Exit(1)


def _case_sent(key: str, to: str, plan: bool, verify: bool | None, json: bool) -> bool:
    """Deliver a kept case through the store's outbox; whether all of it arrived."""
    from app.delivery.receipt import EntryReceipt
    from app.errors import NotFound
    from app.store import DeliveryStatus

    store, outbox = _opened()
    try:
        try:
            case = store.cases.get(key)
        except NotFound:
            raise NotFound("there is no file and no case of this name", place=key) from None
        target = outbox.target(to)
        if plan:
            _show_plan(outbox.plan(case, target), json)
            return True
        wanted = target.verify if verify is None else verify
        made = store.deliveries.add(case.id, case.version, to, verify=wanted)
        found = _until_done(store, outbox, made.id)
    finally:
        outbox.stop()
        store.close()
    entries = [EntryReceipt.of({k: v for k, v in e.items() if k != "state"}) for e in found.entries]
    _show_receipt(entries, to, found.error, _as_dict(found) if json else None)
    return found.status == DeliveryStatus.DELIVERED


def _until_done(store: Store, outbox: Outbox, key: str) -> Delivery:
    """Make a delivery, after those that the case has before it; or watch who makes it."""
    from app.store.deliveries import UNFINISHED

    said = ""
    while True:
        found = store.deliveries.get(key)
        line = f"{found.status}, {found.done} of {found.total or '?'} entries"
        if line != said:
            typer.echo(f"delivery {key}: {line}", err=True)
            said = line
        if found.status not in UNFINISHED:
            return found
        ahead = store.deliveries.list(1000, found.case_id, found.target)
        open_ = [d.id for d in reversed(ahead) if d.status in UNFINISHED]
        if not any(outbox.make_one(only) for only in open_):
            time.sleep(_POLL_SECONDS)


def _opened() -> tuple[Store, Outbox]:
    """The store and an outbox on it that has no threads."""
    from app import delivery
    from app.delivery.outbox import Outbox
    from app.settings import get_settings
    from app.store import Store

    settings = get_settings()
    targets = delivery.load(settings)
    store = Store(settings)
    lease = settings.delivery_lease_seconds
    return store, Outbox(store, targets, _transaction, threads=0, lease_seconds=lease)


def _transaction(case: StoredCase, fhir_version: str) -> dict[str, Any]:
    from app.jobs import parse_case
    from app.pipeline import default_converter

    bundle, _ = default_converter().write(
        parse_case(case.json), fhir_version=fhir_version, bundle_type="transaction"
    )
    return bundle


def _show_receipt(
    entries: list[EntryReceipt] | tuple[EntryReceipt, ...],
    target: str,
    note: str | None,
    as_dict: dict[str, Any] | None,
) -> None:
    if as_dict is not None:
        _print(as_dict)
        return
    for entry in entries:
        status = str(entry.status) if entry.status is not None else "not sent"
        more = [entry.location, entry.withdrawn, entry.left_out]
        more += ["verified" if entry.verified else None]
        typer.echo(" ".join([status, entry.resource, *(m for m in more if m)]))
        for path in entry.differences:
            typer.echo(f"    differs: {path}")
        for issue in entry.issues:
            typer.echo(f"    {issue.severity}: {issue.text or issue.code}")
            if issue.sentence:
                typer.echo(f'    "{issue.words}" at {issue.start}: {issue.sentence}')
    good = sum(e.status is not None and 200 <= e.status < 300 for e in entries)
    typer.echo(f"{good} of {len(entries)} entries taken by {target}", err=True)
    if note:
        typer.echo(note, err=True)


def _show_plan(plan: dict[str, Any], json: bool) -> None:
    if json:
        _print(plan)
        return
    typer.echo(f"{plan['target']}: {plan['summary']}")
    for note in plan["notes"]:
        typer.echo(f"note: {note}")
    for number, step in enumerate(plan["steps"], start=1):
        typer.echo(f"request {number}: {len(step)} entries")
        for name in step:
            typer.echo(f"    {name}")
    for item in plan["left_out"]:
        typer.echo(f"left out: {item['resource']}: {item['reason']}")
    for name in plan["withdrawn"]:
        typer.echo(f"taken back: {name}")


def _print(value: dict[str, Any]) -> None:
    import orjson

    put_out(orjson.dumps(value, option=orjson.OPT_INDENT_2), None)


def _as_dict(found: Delivery) -> dict[str, Any]:
    from dataclasses import asdict

    return {**asdict(found), "ok": found.status == "delivered"}


def targets(
    jwks: Annotated[
        bool, typer.Option("--jwks", help="Print the public keys to register (JWK Set).")
    ] = False,
) -> None:
    """List the targets, also those that are switched off."""
    from app import delivery
    from app.settings import get_settings

    found = delivery.load_all(get_settings())
    if jwks:
        _print(delivery.public_keys(t for t in found.values() if t.enabled))
        return
    for t in found.values():
        state = "on" if t.enabled else "off"
        typer.echo(f"{state:4}{t.name}  {t.base_url}  FHIR {t.fhir_version}  auth {t.auth}")


deliveries = typer.Typer(
    help="The deliveries that are noted: list, show, cancel, retry, and make them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@deliveries.command("list")
def list_deliveries(
    target: Annotated[str | None, typer.Option("--target", help="Only to this one.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000)] = 100,
) -> None:
    """The newest first: id, status, case, target, reason."""
    store, _ = _opened()
    for d in store.deliveries.list(limit, target=target):
        typer.echo(f"{d.id}  {d.status:9}  {d.case_id}  {d.target}  {d.error or ''}".rstrip())
    store.close()


@deliveries.command()
def show(delivery_id: str) -> None:
    """A delivery with its plan and its receipt, as JSON."""
    store, _ = _opened()
    _print(_as_dict(store.deliveries.get(delivery_id)))
    store.close()


@deliveries.command()
def cancel(delivery_id: str) -> None:
    """Stop a delivery; what was sent stays on the target."""
    store, _ = _opened()
    typer.echo(f"{delivery_id}: {store.deliveries.cancel(delivery_id).status}")
    store.close()


@deliveries.command()
def retry(delivery_id: str) -> None:
    """Let a delivery that failed, waits or was cancelled be made again."""
    store, _ = _opened()
    typer.echo(f"{delivery_id}: {store.deliveries.retry(delivery_id).status}")
    store.close()


@deliveries.command("run")
def run_outbox() -> None:
    """Make all deliveries that are due now, without a service."""
    store, outbox = _opened()
    count = 0
    try:
        while (made := outbox.make_one()) is not None:
            found = store.deliveries.get(made.id)
            typer.echo(f"{found.id}: {found.status} {found.error or ''}".rstrip())
            count += 1
    finally:
        outbox.stop()
        store.close()
    typer.echo(f"{count} made", err=True)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(send)
    app.command()(targets)
    app.add_typer(deliveries, name="deliveries")
