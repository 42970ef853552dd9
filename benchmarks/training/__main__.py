"""Train the pooled pair model and write it as JSON.

And for the benchmarks, which must not measure a model on what it has seen, one without each public
set, and without each two of them.
"""

import argparse
import json
from itertools import combinations
from pathlib import Path

from benchmarks.training import fit, pairs, streams
from benchmarks.training.vectors import Vectors
from semcache.levels.verify.probability import Model

HERE = Path(__file__).parent
MODEL = HERE.parents[1] / "semcache/levels/verify/pooled.json"
VERSION = "m1"
STREAMS = ("banking77", "clinc150", "hwu64")
LIMIT, VARIANTS, STRANGERS = 5_000, 400, 1_700


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the public data")
    parser.add_argument("--out", type=Path, default=MODEL, help=f"where to write it ({MODEL.name})")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache/semcache-benchmarks")
    options = parser.parse_args()
    vectors = Vectors(cache=options.cache)
    labelled = {name: pairs.contrasts(name) for name in pairs.CONTRASTS}
    texts = sorted(
        {text for found in labelled.values() for p in found for text in (p.asked, p.stored)}
    )
    written = [pair for found in labelled.values() for pair in found]
    labelled["strangers"] = pairs.strangers(written, vectors, count=STRANGERS, seed=options.seed)
    labelled["variants"] = pairs.variants(texts, count=VARIANTS, seed=options.seed)
    labelled |= {name: pairs.public(options.data, name) for name in pairs.PUBLIC}
    weighed = {name: pairs.weigh(found, vectors) for name, found in labelled.items()}
    streamed = {
        name: streams.weigh(
            streams.public(options.data, name), vectors, limit=LIMIT, seed=options.seed
        )
        for name in STREAMS
    }
    whole = write(options.out, weighed, streamed, version=VERSION, seed=options.seed)
    public = sorted((*pairs.PUBLIC, *STREAMS))
    for names in (*combinations(public, 1), *combinations(public, 2)):
        fewer = [{k: v for k, v in sets.items() if k not in names} for sets in (weighed, streamed)]
        version = f"{VERSION}-without-{'-'.join(names)}"
        write(
            HERE / "models" / f"{version}.json",
            *fewer,
            version=version,
            seed=options.seed,
            like=whole,
        )


def write(path: Path, *sets: fit.Sets, version: str, seed: int, like: Model | None = None) -> Model:
    """Fit a model on sets of pairs and of streams, and write it."""
    fitted = fit.model(*sets, version=version, like=like)
    said = fit.told(fitted, seed=seed, data=[name for found in sets for name in found])
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"wrote {path}: {dict(fitted.bounds)}")
    return fitted


if __name__ == "__main__":
    main()
