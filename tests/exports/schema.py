"""Holds YAML files against a JSON Schema: schema.py SCHEMA FILE...

Prints, for each file, how many things are wrong with it.
"""

import json
import sys

import jsonschema
import yaml

schema = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
for name in sys.argv[2:]:
    wrong = list(validator.iter_errors(yaml.safe_load(open(name))))
    print(len(wrong))
