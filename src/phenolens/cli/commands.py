"""All commands, in the order in which the help lists them."""

from __future__ import annotations

from phenolens.cli import (
    auto,
    cache,
    comparing,
    curves,
    doctor,
    judging,
    listing,
    pixels,
    preparing,
    tables,
    weights,
)

COMMANDS = (
    auto.auto,
    preparing.prepare,
    pixels.run,
    comparing.compare,
    pixels.embed,
    curves.curves,
    tables.profile,
    tables.score,
    judging.audit,
    judging.tune,
    listing.report,
    pixels.explain,
    pixels.check,
    doctor.doctor,
)
NAMED = {"list": listing.list_all}
GROUPS = {"cache": cache.app, "weights": weights.app}
