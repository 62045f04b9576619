"""``python -m vedette.api`` prints the OpenAPI document as docs/reference/openapi.json keeps it."""

import sys

from vedette.api.factory import routes_alone
from vedette.api.openapi import as_text

sys.stdout.write(as_text(routes_alone()))
