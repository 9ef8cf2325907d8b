"""``python -m tests.audit.mining xes|ocel FILE``: what pm4py makes of it, as a line of JSON.

pm4py is AGPL and heavy: it is a tool of the tests alone, and kept in a process of its own.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import pm4py


def of_xes(path: str) -> dict[str, Any]:
    log = pm4py.read_xes(path)
    net, initial, final = pm4py.discover_petri_net_inductive(log)
    follows, _, _ = pm4py.discover_dfg(log)
    fitness = pm4py.fitness_token_based_replay(log, net, initial, final)
    return {
        "traces": log["case:concept:name"].nunique(),
        "events": len(log),
        "transitions": sorted(t.label for t in net.transitions if t.label),
        "follows": sorted(map(list, follows)),
        "fitness": fitness["log_fitness"],
    }


def of_ocel(path: str) -> dict[str, Any]:
    log = pm4py.read_ocel2_json(path)
    found = pm4py.discover_oc_petri_net(log)
    return {
        "events": len(log.events),
        "types": {str(k): int(v) for k, v in log.objects["ocel:type"].value_counts().items()},
        "activities": sorted(found["activities"]),
        "nets": {
            kind: sorted(t.label for t in net.transitions if t.label)
            for kind, (net, _, _) in found["petri_nets"].items()
        },
    }


if __name__ == "__main__":
    kind, path = sys.argv[1:]
    told = of_xes(path) if kind == "xes" else of_ocel(path)
    print(json.dumps(told, ensure_ascii=False))
