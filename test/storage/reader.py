"""Verifies a data directory, from docs/formats.md alone: python3 reader.py DIR; prints what it holds."""
import json, os, re, sys, zlib

TAIL = re.compile(rb',"crc":"([0-9a-f]{8})"}\n$')
LINE = re.compile(rb'{"index":([1-9][0-9]*),"term":([1-9][0-9]*),"time":(0|[1-9][0-9]*),"entry":{')
LOCAL_SEED = zlib.crc32(b"statecraft")


def fail(path, offset, why):
    sys.exit(f"{path}: byte {offset}: {why}")


def crc_of(line, seed):
    """The checksum of a line, or None when it does not say the same."""
    tail = TAIL.search(line)
    crc = zlib.crc32(line[:-19], seed)
    return crc if tail and int(tail[1], 16) == crc else None


local = lambda line: json.loads(line) if crc_of(line, LOCAL_SEED) is not None else None


def lines(name):
    with open(os.path.join(sys.argv[1], name), "rb") as file:
        return file.readlines()


def position(at):
    return at["index"], at["term"], at["time"], int(at["checksum"], 16)


def newest_snapshot():
    """The header of the newest snapshot, once all of its lines are verified; None without one."""
    names = sorted(n for n in os.listdir(sys.argv[1]) if re.fullmatch(r"snapshot-\d{12}\.jsonl", n))
    read, before, size, crc = [], (0, 0), 0, 0
    for line in lines(names[-1]) if names else []:
        read.append(local(line) or fail(names[-1], size, "damaged line"))
        before, size, crc = (size, crc), size + len(line), zlib.crc32(line, crc)
    trailer = {"count": len(read) - 2, "sizeBytes": before[0], "hash": f"{before[1]:08x}"}
    if names and {**read[-1], "crc": ""} != {**trailer, "crc": ""}:
        fail(names[-1], before[0], "not the trailer of these lines")
    return read[0] if names else None


def main():
    identity = local(lines("identity.json")[0]) or fail("identity.json", 0, "damaged")
    votes = [local((lines(f"vote-{x}.jsonl") or [b""])[-1]) for x in "ab"]
    vote = max(filter(None, votes), key=lambda v: v["seq"], default=None) or fail("vote", 0, "lost")
    names = sorted(n for n in os.listdir(sys.argv[1]) if re.fullmatch(r"log-\d{12}\.jsonl", n))
    headers = [local(lines(name)[0]) or fail(name, 0, "damaged header") for name in names]
    restart = max((i for i, h in enumerate(headers) if h["restarts"]), default=0)
    names, headers = names[restart:], headers[restart:]
    limits = [min((h["firstIndex"] - 1 for h in headers[i + 1 :]), default=float("inf")) for i in range(len(headers))]
    counting = [h for h, up_to in zip(headers, limits) if up_to >= h["firstIndex"]] or headers[-1:]
    index, term, time, chain = 0, 0, 0, zlib.crc32(identity["cluster"].encode()) or 1
    snapshot = newest_snapshot()
    if counting[0]["continues"]["index"] > 0:
        index, term, time, chain = position(counting[0]["continues"])
        if snapshot is None or snapshot["index"] < index:
            fail(names[0], 0, f"no snapshot reaches entry {index}")
    base, sums = index, [chain]
    for name, header, up_to in zip(names, headers, limits):
        if up_to < header["firstIndex"]:
            continue
        if position(header["continues"]) != (index, term, time, chain):
            fail(name, 0, "does not continue the segments before it")
        offset = len(lines(name)[0])
        for line in lines(name)[1:]:
            if index >= up_to:
                break
            head, crc = LINE.match(line), crc_of(line, chain)
            if head and crc is not None and int(head[1]) == index + 1 and int(head[2]) >= term and int(head[3]) >= time:
                index, term, time, chain = index + 1, int(head[2]), int(head[3]), crc
                sums.append(chain)
            elif head or (local(line) or {}).get("synced") != {"index": index, "checksum": f"{chain:08x}"}:
                fail(name, offset, f"not what follows entry {index}")
            offset += len(line)
    proof = [p["synced"] for p in map(local, lines("synced.jsonl")) if p][-1]
    void = any(h["segment"] > proof["segment"] and h["firstIndex"] <= proof["index"] for h in headers)
    if not void and (proof["index"] > index or proof["index"] >= base and sums[proof["index"] - base] != int(proof["checksum"], 16)):
        fail("synced.jsonl", 0, "the log is not what was proved synced")
    found = {"lastIndex": index, "term": vote["term"], "time": time, "checksum": f"{chain:08x}"}
    print(json.dumps({**found, "base": base, "snapshot": snapshot and snapshot["index"]}))


main()
