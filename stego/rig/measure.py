#!/usr/bin/env python3
"""How well detectors find what a program hid in pictures: an optional tool for repeating docs/BENCHMARKS.md.

    python3 -m venv venv
    venv/bin/pip install numpy scipy pillow conseal==2025.11 sealwatch==2025.9 jpeglib==1.0.2
    venv/bin/python stego/rig/measure.py --covers FOLDER --kind png --payloads 0.1,1024B --simulate \
        --tool 'ours=stego hide --in {cover} --out {stego} --file {payload} --key {key} --force'

FOLDER holds clean photos of 512 x 512 pixels: gray PNGs, or gray JPEGs of one quality. 400 give a standard error near 0.01.
A payload is random bytes: N bits for each pixel or non-zero AC coefficient, or NB for N bytes.
P_E is the least mean of false alarms and misses of a linear classifier (ridge, on roots of SRMQ1 or DCTR features) that
was trained on half of the covers and their twins and judges the other half; 0.5 is guessing. Mean over several splits.
--simulate adds the ideal embedder for the same costs (HILL, UERD): no real code does better.
"""
import argparse
import hashlib
import subprocess
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import conseal
import jpeglib
import numpy
import sealwatch
from PIL import Image

REGULARISERS = 10.0 ** numpy.arange(-6, 1, 0.5)


def random_of(*words):
    digest = hashlib.sha256("|".join(map(str, words)).encode()).digest()
    return numpy.random.default_rng(int.from_bytes(digest[:8], "little"))


def pixels(path):
    return numpy.asarray(Image.open(path).convert("L"))


def features(kind, path, quality):
    found = sealwatch.srmq1.extract(pixels(path)) if kind == "png" else sealwatch.dctr.extract_from_file(path, qf=quality)
    parts = [numpy.asarray(part, numpy.float64).ravel() for part in found.values()]
    vector = numpy.concatenate(parts)
    return numpy.sqrt(numpy.maximum(vector, 0)).astype(numpy.float32)


def bits_of(payload, kind, cover):
    if payload.endswith("B"):
        return 8 * int(payload[:-1])
    if kind == "png":
        return int(float(payload) * pixels(cover).size)
    values = jpeglib.read_dct(cover).Y
    return int(float(payload) * (numpy.count_nonzero(values) - numpy.count_nonzero(values[..., 0, 0])))


def simulate(kind, cover, stego, bits, random):
    """Changes by one with the probabilities that bring most entropy for the cost (payload-limited sender, ternary)."""
    if kind == "png":
        values = pixels(cover)
        up, down = conseal.hill.compute_cost_adjusted(x0=values)
    else:
        file = jpeglib.read_dct(cover)
        values = file.Y
        up, down = conseal.uerd.compute_cost_adjusted(y0=values, qt=file.qt[0])
    up, down = numpy.minimum(up, 1e8), numpy.minimum(down, 1e8)

    def chances(strength):
        rise, fall = numpy.exp(-strength * up), numpy.exp(-strength * down)
        return rise / (1 + rise + fall), fall / (1 + rise + fall)

    def entropy(strength):
        rise, fall = chances(strength)
        stay = 1 - rise - fall
        return -sum((part * numpy.log2(numpy.maximum(part, 1e-300))).sum() for part in (rise, fall, stay))

    weak, strong = 1e-9, 1e9
    for _ in range(60):
        middle = (weak * strong) ** 0.5
        weak, strong = (middle, strong) if entropy(middle) > bits else (weak, middle)
    rise, fall = chances(strong)
    coin = random.random(values.shape)
    change = numpy.where(coin < rise, 1, numpy.where(coin < rise + fall, -1, 0))
    if kind == "png":
        Image.fromarray((values.astype(int) + change).astype(numpy.uint8)).save(stego)
    else:
        file.Y = (values + change).astype(values.dtype)
        file.write_dct(stego)


def embed(job):
    """Makes one twin and returns its features, or the reason why there is none."""
    kind, quality, tool, payload, cover = job
    random = random_of(tool, payload, Path(cover).name)
    bits = bits_of(payload, kind, cover)
    with tempfile.TemporaryDirectory() as folder:
        stego, secret = f"{folder}/stego.{'png' if kind == 'png' else 'jpg'}", f"{folder}/payload"
        if tool is None:
            simulate(kind, cover, stego, bits, random)
        else:
            Path(secret).write_bytes(random.bytes(max(1, bits // 8)))
            command = tool.format(cover=cover, stego=stego, payload=secret, key=random.bytes(8).hex())
            done = subprocess.run(command, shell=True, capture_output=True, cwd=folder, timeout=600)
            if done.returncode or not Path(stego).exists():
                return (done.stderr + done.stdout).decode("utf-8", "replace")[-200:]
        return features(kind, stego, quality)


def errors(clean, hidden):
    """The least (false alarms + misses) / 2 over all thresholds."""
    scores = numpy.concatenate([clean, hidden])
    is_hidden = numpy.repeat([0, 1], [len(clean), len(hidden)])[numpy.argsort(scores, kind="stable")]
    missed = numpy.concatenate([[0], numpy.cumsum(is_hidden)]) / len(hidden)
    false = 1 - numpy.concatenate([[0], numpy.cumsum(1 - is_hidden)]) / len(clean)
    return ((missed + false) / 2).min()


def judge(gram, train, test, count):
    """Fisher's discriminant with each regulariser, in the dual: the Gram matrix is all that is needed."""
    rows = numpy.concatenate([train, train + count])
    half = len(train)

    def centred(matrix):
        matrix = matrix.copy()
        for part in (slice(0, half), slice(half, None)):
            matrix[part] -= matrix[part].mean(0)
        return matrix

    within = centred(centred(gram[numpy.ix_(rows, rows)]).T).T
    towards = numpy.repeat([-1 / half, 1 / half], half)
    values, vectors = numpy.linalg.eigh(within)
    values = values.clip(0)
    across = gram[numpy.ix_(numpy.concatenate([test, test + count]), rows)]
    shift = vectors.T @ (centred(gram[numpy.ix_(rows, rows)]) @ towards)
    seen = centred(across.T).T @ vectors
    for regulariser in REGULARISERS:
        score = across @ towards - seen @ (shift / (values + regulariser * values.sum() / len(values)))
        yield score[: len(test)], score[len(test):]


def detection_error(clean, hidden, splits):
    stacked = numpy.vstack([clean, hidden])
    stacked = stacked - stacked[: len(clean)].mean(0)
    gram = (stacked @ stacked.T).astype(numpy.float64) / stacked.shape[1]
    found = []
    for split in range(splits):
        order = numpy.random.default_rng(split).permutation(len(clean))
        train, test = order[: len(order) // 2], order[len(order) // 2:]
        # The regulariser is chosen within the training half.
        folds = [train[fold::3] for fold in range(3)]
        inner = numpy.zeros(len(REGULARISERS))
        for fold in range(3):
            others = numpy.concatenate([folds[other] for other in range(3) if other != fold])
            inner += [errors(*scores) for scores in judge(gram, others, folds[fold], len(clean))]
        best = len(inner) - 1 - inner[::-1].argmin()
        found.append(errors(*list(judge(gram, train, test, len(clean)))[best]))
    return numpy.mean(found), numpy.std(found)


def clean_features(job):
    return features(*job)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--covers", required=True)
    parser.add_argument("--kind", choices=["png", "jpeg"], default="png")
    parser.add_argument("--quality", type=int, default=75, help="of the JPEGs")
    parser.add_argument("--payloads", default="0.05,0.1,0.2,0.4,100B,1024B")
    parser.add_argument("--tool", action="append", default=[], help="NAME=COMMAND with {cover} {payload} {stego} {key}")
    parser.add_argument("--simulate", action="store_true")
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    ending = "*.png" if options.kind == "png" else "*.jpg"
    covers = [str(path.absolute()) for path in sorted(Path(options.covers).glob(ending))]
    print(f"{len(covers)} covers\n{'method':12} {'payload':>8} {'P_E':>6} {'sd':>6}  embedded in", flush=True)
    tools = [("simulated", None)] * options.simulate + [tuple(tool.split("=", 1)) for tool in options.tool]
    with ProcessPoolExecutor(options.jobs) as pool:
        clean = list(pool.map(clean_features, [(options.kind, cover, options.quality) for cover in covers]))
        for name, tool in tools:
            for payload in options.payloads.split(","):
                jobs = [(options.kind, options.quality, tool, payload, cover) for cover in covers]
                twins = list(pool.map(embed, jobs))
                kept = [at for at, twin in enumerate(twins) if not isinstance(twin, str)]
                if len(kept) < 12:
                    print(f"{name:12} {payload:>8} too few: {[twin for twin in twins if isinstance(twin, str)][:1]}")
                    continue
                pairs = [numpy.stack([side[at] for at in kept]) for side in (clean, twins)]
                error, spread = detection_error(*pairs, options.splits)
                print(f"{name:12} {payload:>8} {error:6.3f} {spread:6.3f}  {len(kept)} of {len(covers)}", flush=True)


if __name__ == "__main__":
    main()
