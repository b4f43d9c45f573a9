#!/usr/bin/env python3
"""Compares wirelab with ns-3 on the same transfer, in one run.

    apt-get install g++ pkg-config libns3-dev libgsl-dev
    cargo build --release
    cargo build --release --example bulk
    benches/peers/ns3.py target/release

A hundred megabytes over one TCP connection between two hosts, in segments of
1460 bytes without timestamps, checksums computed, one promiscuous pcap written
to a file. bulk.cc says how ns-3 does it. Of wirelab there are two: the example
`bulk`, which like ns-3's program is written against the library, sends what
nobody reads, and checks nothing; and `wirelab run bulk.yaml`, an FTP session
which also hashes the file at both ends, hashes the capture, and reads every
frame to hold the scenario's checks against it. They take turns; of each the
best time counts, from the start of the process to its end.
"""

import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from peers import ROUNDS, count, memory, run, tell  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
BYTES = os.environ.get("BYTES", "100000000")
PARTS = ["ns3-core", "ns3-csma", "ns3-internet", "ns3-applications"]


def build(folder):
    """ns-3's program; its own parts are built with optimisation by Debian."""
    flags = subprocess.check_output(["pkg-config", "--cflags", "--libs", *PARTS], text=True)
    program = os.path.join(folder, "bulk")
    source = os.path.join(HERE, "bulk.cc")
    subprocess.check_call(["g++", "-O2", "-std=c++17", source, "-o", program, *flags.split()])
    return program


def main():
    target = sys.argv[1]
    for built in ["wirelab", "examples/bulk"]:
        if not os.path.exists(os.path.join(target, built)):
            sys.exit(f"{target} has no {built}: build it first, as said above")
    with tempfile.TemporaryDirectory() as folder:
        theirs = os.path.join(folder, "ns3")
        ours = os.path.join(folder, "wirelab.pcap")
        scenario = os.path.join(HERE, "bulk.yaml")
        size = f"servers.0.ftp.files./pub/large.random={BYTES}B"
        programs = [
            ("ns-3", [build(folder), BYTES, theirs], theirs + "-1-0.pcap"),
            ("wirelab, the library", [os.path.join(target, "examples/bulk"), BYTES, ours], ours),
            (
                "wirelab run",
                [os.path.join(target, "wirelab"), "run", scenario, "-o", ours, "--set", size],
                ours,
            ),
        ]
        best = {}
        for _ in range(ROUNDS):
            for name, command, pcap in programs:
                seconds, cpu = run(command)
                known = best.get(name, (seconds, cpu, 0))
                frames = known[2] or count(pcap)
                os.unlink(pcap)
                best[name] = (min(seconds, known[0]), min(cpu, known[1]), frames)
        needs = {name: memory(command) for name, command, _ in programs}
    print(f"{BYTES} bytes in segments of 1460, best of {ROUNDS}\n")
    print(
        f"| {'':20} | {'s':>7} | {'CPU s':>7} | {'frames':>7} | {'frames/s':>9} "
        f"| {'MiB':>5} | {'ratio':>5} |"
    )
    widths = [22, 9, 9, 9, 11, 7, 7]
    print(f"|{'|'.join('-' * width for width in widths)}|")
    base = best["ns-3"][2] / best["ns-3"][0]
    for name, (seconds, cpu, frames) in best.items():
        rate = frames / seconds
        print(
            f"| {name:20} | {seconds:7.3f} | {cpu:7.3f} | {frames:7} | {rate:9.0f} "
            f"| {needs[name]:5.0f} | {rate / base:5.1f} |"
        )
    seconds, _, frames = best["wirelab, the library"]
    tell("frames a second of the library / of ns-3", frames / seconds / base, ">= 25")


main()
