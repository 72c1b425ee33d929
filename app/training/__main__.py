"""`python -m app.training`: train, folds, evaluate, clusters."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from app import resources, terminology
from app.errors import Case2FhirError
from app.narrative.relations.model import FILE as WEIGHTS
from app.training import brat, clusters, evaluate, folds, relations, train


def _vocabulary(options: argparse.Namespace) -> Any | None:
    return None if options.no_vocabulary else terminology.load(options.mappings)


def _train(options: argparse.Namespace) -> None:
    layers = resources.layers(options.mappings)
    folder = train.train(
        options.corpus,
        options.out or resources.builtin() / "models",
        options.seed,
        vocabulary=_vocabulary(options),
        layers=layers,
        texts=options.unlabelled,
        network=options.network,
    )
    relations.train(options.corpus, layers, folder / WEIGHTS.name)
    print(folder)


def _folds(options: argparse.Namespace) -> None:
    vocabulary = _vocabulary(options)
    layers = resources.layers(options.mappings)
    options.out.mkdir(parents=True, exist_ok=True)
    where = folds.assign([r.id for r in brat.read(options.corpus)])
    (options.out / "folds.json").write_text(json.dumps(where, indent=1) + "\n", encoding="utf-8")
    models = train.train_folds(
        options.corpus,
        options.out,
        vocabulary=vocabulary,
        layers=layers,
        texts=options.unlabelled,
        network=options.network,
    )
    for fold, folder in enumerate(models):
        relations.train_fold(options.corpus, layers, fold, folder / WEIGHTS.name)
        print(folder)


def _evaluate(options: argparse.Namespace) -> None:
    layers = resources.layers(options.mappings)
    print(evaluate.cross_validated(options.corpus, options.folds, layers, _vocabulary(options)))


def _clusters(options: argparse.Namespace) -> None:
    words = clusters.words_of(options.unlabelled, options.corpus)
    clusters.write(clusters.cluster(words), options.out)
    print(options.out)


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0, or 1 with a message when a file cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m app.training", description=__doc__)
    steps = parser.add_subparsers(required=True)
    for name, step, needs in (
        ("train", _train, "a model of all reports"),
        ("folds", _folds, "five models for cross-validation, model-0 to model-4, and folds.json"),
        ("evaluate", _evaluate, "score the models of 'folds', each on reports it has not seen"),
        ("clusters", _clusters, "word clusters (needs the extra 'clusters')"),
    ):
        command = steps.add_parser(name, help=needs)
        command.set_defaults(step=step)
        command.add_argument("--corpus", type=Path, required=True, help="folder of .txt and .ann")
        command.add_argument("--mappings", type=Path, help="a folder laid over the built-in one")
        command.add_argument("--no-vocabulary", action="store_true", help="without its features")
        if step is _clusters:
            command.add_argument("--unlabelled", type=Path, required=True, help=".jsonl.gz")
            command.add_argument("--out", type=Path, required=True)
        elif step is _evaluate:
            command.add_argument("--folds", type=Path, required=True, help="what 'folds' wrote")
        else:
            command.add_argument("--out", type=Path, required=step is _folds)
            command.add_argument("--seed", type=int, default=0)
            command.add_argument("--unlabelled", type=Path, help="texts to learn from, .jsonl.gz")
            command.add_argument(
                "--network",
                action="store_true",
                help="a network that learns from the texts too (needs the extra 'distil')",
            )
    options = parser.parse_args(arguments)
    if getattr(options, "network", False) and options.unlabelled is None:
        parser.error("--network needs --unlabelled")
    try:
        options.step(options)
    except Case2FhirError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
