#!/usr/bin/env python3
"""Prints every figure that has an aim, in one run: `benches/figures.py`.

It runs the benches and the comparison with ns-3, shows what they print, and
gathers at the end the lines that name an aim. What is not installed (valgrind,
ns-3) is named, and its figures are missing. A quarter of an hour on two cores,
with nothing else to do meanwhile.
"""

import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)


def lines_of(*command):
    """Runs a command, shows its output as it comes, and answers its lines with an aim."""
    print(f"$ {' '.join(command)}", flush=True)
    told = []
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            print(line, end="", flush=True)
            if "   aim " in line:
                told.append(line)
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)} failed")
    return told


def main():
    told = []
    for bench in ["throughput", "scale", "instructions"]:
        told += lines_of("cargo", "bench", "--quiet", "--bench", bench)
    packages = ["pkg-config", "--exists", "ns3-core"]
    if shutil.which("pkg-config") and subprocess.run(packages).returncode == 0:
        lines_of("cargo", "build", "--quiet", "--release", "--bins", "--example", "bulk")
        target = os.environ.get("CARGO_TARGET_DIR", "target")
        told += lines_of(os.path.join(HERE, "peers", "ns3.py"), os.path.join(target, "release"))
    else:
        print("ns-3: apt-get install g++ pkg-config libns3-dev libgsl-dev")
    print("\nEvery figure with an aim:")
    print("".join(told), end="")


main()
