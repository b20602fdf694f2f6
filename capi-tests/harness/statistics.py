"""The statistics document against the reference's schema file (src/statistics_schema.json of 2.15.1), in every state of a client.

The file calls itself incomplete. In three places it declares its own words as names of members ("properties": {"additionalProperties":
...}), so that it says nothing of topics, partitions and windows. Documents are held to it as it is, and to what it means. What it does
not name at all is held to the reference's documents: the same members of the same types in the same states.
"""

import copy
import json
import os
import re

from . import compiled, downloads
from .base import check, run
from .engines import SETTINGS

TYPES = {
    "object": lambda v: isinstance(v, dict),
    "string": lambda v: isinstance(v, str),
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "boolean": lambda v: isinstance(v, bool),
}
# Words of JSON Schema that need not be obeyed; any other that is not obeyed here is an error.
REMARKS = {"$schema", "id", "title", "description", "definitions"}
OBEYED = {"$ref", "type", "required", "properties", "patternProperties", "additionalProperties"}

STATES = [
    "no brokers", "unreachable", "delivered", "consumer", "assigned", "committed", "broker down", "idempotent", "fatal",
    "transactional", "transaction", "committed transaction",
]
TEXT = 'a "quoted" \\ text\tand more'
ON = {**SETTINGS, "v2, adaptive": "produce.engine=v2,adaptive.batching.enable=true"}

# Members of the reference's documents that ours do not have, and the other way round, with a reason.
ONLY_REFERENCE = {
    r"cgrp(\..*)?": "there are no consumer groups yet",
}
ONLY_OURS = {
    r"brokers\.\*\.(produce_partitions|produce_messages|produce_reqsize|produce_fill|batch_wait|batch_triggers|adaptive)(\..*)?": "of produce.engine=v2",
}


def complaints(value, schema, root, path="document"):
    """What a value does not keep of a schema. `root` is where definitions stand."""
    unknown = set(schema) - REMARKS - OBEYED
    check(not unknown, f"the schema of {path} has words that this validator does not know: {unknown}")
    if "$ref" in schema:
        target = root
        for name in schema["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        return complaints(value, target, root, path)
    if "type" in schema and not TYPES[schema["type"]](value):
        return [f"{path} is no {schema['type']}: {str(value)[:60]}"]
    if not isinstance(value, dict):
        return []
    out = [f"{path} has no {name}" for name in schema.get("required", []) if name not in value]
    for name, member in value.items():
        rules = [schema["properties"][name]] if name in schema.get("properties", {}) else []
        rules += [rule for pattern, rule in schema.get("patternProperties", {}).items() if re.search(pattern, name)]
        if not rules and "additionalProperties" in schema:
            rules = [schema["additionalProperties"]]
        for rule in rules:
            out += complaints(member, rule, root, f"{path}.{name}")
    return out


def as_meant(schema):
    """The schema with its own words where they take effect."""
    out = copy.deepcopy(schema)
    window = out["definitions"]["window"]
    window["properties"] = window["properties"]["properties"]
    topics = out["properties"]["topics"]
    topic = topics["additionalProperties"] = topics.pop("properties")["additionalProperties"]
    partitions = topic["properties"]["partitions"]
    partitions["patternProperties"] = partitions.pop("properties")
    return out


def schema_file():
    path = os.path.join(downloads.reference_sources(), "src", "statistics_schema.json")
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def documents(libraries, which, setting=""):
    """(state, document) of a client of the library in every state."""
    binary = compiled.tool("statistics_states", libraries)
    # The reference writes such a text as it is, which is no JSON.
    extra = {"TEXT": TEXT} if which == "ours" else {}
    out = run([binary], 120, libraries.on(setting).environment(which, extra))[1].decode()
    found = [line.split("\t", 1) for line in out.splitlines()]
    check([state for state, _ in found] == STATES, f"{which}: states {[state for state, _ in found]}")
    return [(state, json.loads(text)) for state, text in found]


def members(value, path=""):
    """The members of a document with their types; names that are data are `*`."""
    named_by_data = path in ("brokers", "topics", "topics.*.partitions", "brokers.*.toppars", "brokers.*.req")
    kind = next(name for name, holds in [*TYPES.items(), ("number", lambda v: True)] if holds(value))
    out = {f"{path}: {kind}"} if path else set()
    for name, member in value.items() if isinstance(value, dict) else ():
        inner = "*" if named_by_data else name
        out |= members(member, f"{path}.{inner}" if path else inner)
    return out


def but(lines, excused):
    """`lines` without those for which there is a reason, and the reasons that were needed."""
    kept, used = [], set()
    for line in sorted(lines):
        reasons = [pattern for pattern in excused if re.fullmatch(pattern, line.split(": ")[0])]
        used |= set(reasons)
        kept += [] if reasons else [line]
    return kept, used


def validate(found, which, schemas):
    for state, document in found:
        for name, schema in schemas:
            wrong = complaints(document, schema, schema)
            check(not wrong, f"{which}, {state}: against the schema {name}:\n" + "\n".join(wrong[:10]))


def schema(libraries):
    """Every document of ours on every engine is valid, as the reference's are, and has the members that the reference's have."""
    published = schema_file()
    # As it is, it has "type": "object" and a list for schemas of members: members that no document has.
    schemas = [("as published", published), ("as it is meant", as_meant(published))]
    reference = documents(libraries, "reference")
    validate(reference, "the reference", schemas)
    there, needed = {state: members(document) for state, document in reference}, set()
    for engine, setting in ON.items():
        ours = documents(libraries, "ours", setting)
        validate(ours, f"ours on {engine}", schemas)
        texts = [document["fatal"]["reason"] for state, document in ours if state == "fatal"]
        texts += [document["client_id"] for state, document in ours if state == "delivered"]
        check(len(texts) == 2 and all(TEXT in text for text in texts), f"ours on {engine}: texts {texts}")
        for state, document in ours:
            here = members(document)
            missing, used = but(there[state] - here, ONLY_REFERENCE)
            more, used_too = but(here - there[state], ONLY_OURS)
            needed |= used | used_too
            check(not missing and not more, f"ours on {engine}, {state}: missing {missing}, not the reference's {more}")
    unused = (set(ONLY_REFERENCE) | set(ONLY_OURS)) - needed
    check(not unused, f"differences that are not there any more: {unused}")


def schema_catches(libraries):
    """What is wrong is found, or the passes above mean nothing."""
    del libraries
    path = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "reference", "statistics-example.json")
    with open(path, encoding="utf-8") as file:
        example = json.load(file)
    meant = as_meant(schema_file())
    check(not complaints(example, meant, meant), f"the documents' example: {complaints(example, meant, meant)}")
    broker = next(iter(example["brokers"].values()))
    topic = next(iter(example["topics"].values()))
    partition = next(iter(topic["partitions"].values()))
    for where, name in [(example, "ts"), (broker, "rtt"), (broker, "toppars"), (topic, "metadata_age"), (partition, "msgs")]:
        kept = where.pop(name)
        check(len(complaints(example, meant, meant)) == 1, f"that {name} is missing was not found")
        where[name] = "text" if name != "ts" else True
        check(len(complaints(example, meant, meant)) == 1, f"that {name} is of another type was not found")
        where[name] = kept
    broker["rtt"]["p50"] = 0.5
    check(len(complaints(example, meant, meant)) == 1, "a fraction in a window was not found")


TESTS = [("statistics:schema", schema), ("statistics:schema-catches", schema_catches)]
