"""Holds YAML files against a JSON Schema: schema.py SCHEMA FILE...

Prints a line for each file: how many things are wrong with it, and the first of them.
"""

import json
import re
import sys

import jsonschema
import yaml


class Core(yaml.SafeLoader):
    """YAML 1.2's core schema, which editors have: a date is text, and so is `no`."""


Core.yaml_implicit_resolvers = {}
for tag, pattern, first in [
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", list("-+.0123456789")),
]:
    whole = re.compile(f"^(?:{pattern})$")
    Core.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", whole, first)

schema = json.load(open(sys.argv[1], encoding="utf-8"))
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
for name in sys.argv[2:]:
    wrong = list(validator.iter_errors(yaml.load(open(name, encoding="utf-8"), Core)))
    first = jsonschema.exceptions.best_match(wrong)
    place = "" if first is None else " at " + "/".join(map(str, first.absolute_path))
    said = "" if first is None else " ".join(first.message.split())
    print(f"{len(wrong)}{place} {said}".rstrip())
