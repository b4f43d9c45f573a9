#!/usr/bin/env python3
"""Compares wirelab's readers with other programs on one capture, in one run.

    cargo build --release
    cargo run --release --example big_capture -- 1000000 /tmp/big.pcap
    benches/peers/peers.py target/release/wirelab /tmp/big.pcap

The programs take turns, several rounds (ROUNDS, 3 if not set); of each the best
time counts, since what disturbs a run only makes it slower: on the clock, and of
the processor (user and system), which other work on the machine disturbs less.
Beside it the most memory that it had in a run of its own. Programs that are not installed are
passed over.
"""

import os
import shutil
import struct
import subprocess
import sys
import time

ROUNDS = int(os.environ.get("ROUNDS", "3"))


def programs(wirelab, capture):
    """Name, command line; each reads the whole capture."""
    return [
        ("reading the file", ["cat", capture]),
        ("wirelab analyze", [wirelab, "analyze", capture]),
        ("wirelab show", [wirelab, "show", capture]),
        ("tshark -n -q -z conv,tcp", ["tshark", "-n", "-q", "-z", "conv,tcp", "-r", capture]),
        ("tshark -n", ["tshark", "-n", "-r", capture]),
        ("tcptrace -n", ["tcptrace", "-n", capture]),
        ("capinfos -c -u", ["capinfos", "-c", "-u", capture]),
    ]


def count(capture):
    """The frames of a pcap."""
    with open(capture, "rb") as file:
        magic = file.read(24)[:4]
        order = "<" if magic in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
        frames = 0
        while len(header := file.read(16)) == 16:
            file.seek(struct.unpack(order + "I", header[8:12])[0], os.SEEK_CUR)
            frames += 1
    return frames


def run(command):
    """Seconds on the clock, seconds of the processor."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(command)} failed")
    wall = time.monotonic() - began
    return wall, usage.ru_utime + usage.ru_stime


def memory(command):
    """The most memory that a run has, in MiB: one of its own, watched from outside.

    What the system tells about a child that has ended (ru_maxrss) begins with
    what this program itself has.
    """
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    most = 0
    while process.poll() is None:
        with open(f"/proc/{process.pid}/status") as status:
            lines = [line.split() for line in status if line.startswith("VmHWM:")]
        most = max([most] + [int(line[1]) for line in lines])
        time.sleep(0.001)
    return most / 1024


def tell(what, figure, aim):
    """A line that figures.py gathers, as `benches/throughput/tell.rs` writes it."""
    print(f"{what:<68} {figure:8.2f}   aim {aim}")


def main():
    wirelab, capture = sys.argv[1:3]
    frames = count(capture)
    every = [p for p in programs(wirelab, capture) if shutil.which(p[1][0])]
    best = {}
    for _ in range(ROUNDS):
        for name, command in every:
            wall, cpu = run(command)
            known = best.get(name, (wall, cpu))
            best[name] = (min(wall, known[0]), min(cpu, known[1]))
    print(f"{capture}: {frames} frames, {os.path.getsize(capture)} bytes, best of {ROUNDS}\n")
    print(f"| {'':26} | {'s':>7} | {'CPU s':>7} | {'frames/s':>10} | {'MiB':>5} |")
    print(f"|{'-' * 28}|{'-' * 9}|{'-' * 9}|{'-' * 12}|{'-' * 7}|")
    needs = {name: memory(command) for name, command in every}
    for name, (wall, cpu) in best.items():
        need = needs[name]
        print(f"| {name:26} | {wall:7.3f} | {cpu:7.3f} | {frames / wall:10.0f} | {need:5.0f} |")
    print()
    for ours, theirs, aim in [
        ("wirelab analyze", "tshark -n -q -z conv,tcp", "at least 10"),
        ("wirelab analyze", "tcptrace -n", "at least 2"),
        ("wirelab analyze", "capinfos -c -u", "the ceiling is 1"),
        ("wirelab analyze", "reading the file", "cannot be above 1"),
        ("wirelab show", "tshark -n", "at least 10"),
    ]:
        if ours in best and theirs in best:
            wall, cpu = (best[theirs][i] / max(best[ours][i], 1e-6) for i in (0, 1))
            print(f"{ours} is {wall:.2f} times as fast as {theirs}, {cpu:.2f} in CPU time ({aim})")


if __name__ == "__main__":
    main()
