"""The settings of the producer engine on which the tests of correctness run: each once per setting, `name@setting`.

A program of this folder says `engines` in its first line; the tests in Python are named here. The setting reaches the
program as TEST_CONF (name=value,...), which new_producer() of common.h applies; see Libraries.on().
"""

import re

SETTINGS = {
    "legacy": "",
    "multibatch": "multibatch=true",
    "v2": "produce.engine=v2",
}

PYTHON_TESTS = re.compile(
    r"roundtrip:mock:(none|lz4|idempotent)|roundtrip:tansu:lz4|roundtrip:reference-mock|outage:.*|bindings:.*|memory:leader-gone|scenario:.*|soak:.*|hostile:(attacks.*|doors|shapes)|kafka:stopped"
)

# Brokers that are served by threads which instances have in common: once more what depends on a broker's thread.
SHARED_THREADS = {"io": "client.io.threads=2"}

SHARED_THREADS_TESTS = re.compile(
    r"fork|threads|cancellation|(closing|callbacks|sockets|lifecycle|timeouts|unreachable|transactions)_diff|tls|oauthbearer|outage:(mock|hangs-for-good)|hostile:(attacks|shapes)|roundtrip:tansu:lz4"
)


def multiply(rows, wanted):
    """`rows` with each that `wanted(name)` names once more per setting; the first setting is the default and bears no name."""
    out = []
    for row in rows:
        out.append(row)
        settings = list(SETTINGS)[1:] if wanted(row.name) else []
        if SHARED_THREADS_TESTS.fullmatch(row.name):
            settings += SHARED_THREADS
        for setting in settings:
            out.append(row._replace(name=f"{row.name}@{setting}", function=on(row.function, setting)))
    return out


def on(function, setting):
    return lambda libraries: function(libraries.on((SETTINGS | SHARED_THREADS)[setting]))
