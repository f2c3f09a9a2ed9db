#!/usr/bin/env python3
"""How fast programs hide and reveal in one large photo: an optional tool for repeating docs/BENCHMARKS.md.

    venv/bin/pip install pillow numpy stegano
    venv/bin/python stego/rig/speed.py --covers FOLDER --stego target/release/stego

FOLDER holds RGB photos of 512 x 512 pixels; 48 of them become a mosaic of 4096 x 3072 with a little noise (12.6
megapixels), as PNG, BMP and JPEG (quality 90, 4:2:0). The payload is 4 KiB of random bytes. Each program is run on the
format that it knows; one that is not installed is left out. Megapixels per second of elapsed and of processor time, the
best of the runs.
"""
import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy
from PIL import Image

ACROSS, DOWN, SIDE = 8, 6, 512

COMMANDS = [
    ("stego, adaptive", "png", "{stego} hide --in {cover} --out {out} --file {payload} --key k --force",
     "{stego} reveal --in {out} --key k --out {back}"),
    ("stego, adaptive", "bmp", "{stego} hide --in {cover} --out {out} --file {payload} --key k --force",
     "{stego} reveal --in {out} --key k --out {back}"),
    ("stego, adaptive", "jpg", "{stego} hide --in {cover} --out {out} --file {payload} --key k --force",
     "{stego} reveal --in {out} --key k --out {back}"),
    ("stego, lsb", "png", "{stego} hide --in {cover} --out {out} --file {payload} --key k --force --method lsb",
     "{stego} reveal --in {out} --key k --out {back}"),
    ("steghide", "jpg", "steghide embed -q -cf {cover} -ef {payload} -sf {out} -p k",
     "steghide extract -q -sf {out} -xf {back} -p k"),
    ("steghide", "bmp", "steghide embed -q -cf {cover} -ef {payload} -sf {out} -p k",
     "steghide extract -q -sf {out} -xf {back} -p k"),
    ("outguess", "jpg", "outguess -k k -d {payload} {cover} {out}", "outguess -k k -r {out} {back}"),
    ("stegano (Python)", "png", "{python} -m stegano.console.lsb hide -i {cover} -f {payload} -o {out}",
     "{python} -m stegano.console.lsb reveal -i {out} -o {back}"),
]


def photo(covers):
    tiles = sorted(Path(covers).glob("*.png"))[: ACROSS * DOWN]
    if len(tiles) < ACROSS * DOWN:
        sys.exit(f"{ACROSS * DOWN} covers are needed, there are {len(tiles)}")
    mosaic = numpy.zeros((DOWN * SIDE, ACROSS * SIDE, 3))
    for at, tile in enumerate(tiles):
        row, column = divmod(at, ACROSS)
        pixels = numpy.asarray(Image.open(tile).convert("RGB"))[:SIDE, :SIDE]
        mosaic[row * SIDE:(row + 1) * SIDE, column * SIDE:(column + 1) * SIDE] = pixels
    mosaic += numpy.random.default_rng(1).normal(0, 1, mosaic.shape)
    return Image.fromarray(mosaic.round().clip(0, 255).astype(numpy.uint8))


def timed(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run(command, shell=True, capture_output=True)
    elapsed = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError((done.stderr + done.stdout).decode("utf-8", "replace")[-200:])
    return elapsed, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--covers", required=True)
    parser.add_argument("--stego", default="stego")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--formats", default="png,bmp,jpg")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        image = photo(options.covers)
        megapixels = image.width * image.height / 1e6
        for ending, how in (("png", {"compress_level": 6}), ("bmp", {}), ("jpg", {"quality": 90, "subsampling": 2})):
            image.save(f"{folder}/cover.{ending}", **how)
        Path(f"{folder}/payload").write_bytes(os.urandom(4096))
        print(f"{megapixels:.1f} megapixels; megapixels per second, elapsed (processor)")
        print(f"{'program':18} {'format':6} {'hide':>16} {'reveal':>16}", flush=True)
        for name, ending, hide, reveal in COMMANDS:
            if ending not in options.formats.split(","):
                continue
            program = hide.format(stego=options.stego, python=sys.executable, cover="", out="", payload="").split()[0]
            if not shutil.which(program):
                print(f"{name:18} {ending:6} is not installed")
                continue
            words = dict(stego=options.stego, python=sys.executable, cover=f"{folder}/cover.{ending}",
                         payload=f"{folder}/payload", out=f"{folder}/out.{ending}", back=f"{folder}/back")
            best = {"hide": (1e9, 1e9), "reveal": (1e9, 1e9)}
            try:
                for _ in range(options.runs):
                    for step, command in (("hide", hide), ("reveal", reveal)):
                        target = Path(words["out" if step == "hide" else "back"])
                        target.unlink(missing_ok=True)
                        best[step] = tuple(map(min, best[step], timed(command.format(**words))))
                columns = [f"{megapixels / elapsed:.2f} ({megapixels / used:.2f})" for elapsed, used in best.values()]
                print(f"{name:18} {ending:6} {columns[0]:>16} {columns[1]:>16}", flush=True)
            except RuntimeError as error:
                print(f"{name:18} {ending:6} failed: {error}", flush=True)


if __name__ == "__main__":
    main()
