"""OpenSSL engines: what is refused, ours beside the reference's, and a client whose key and certificate an engine has."""

import os

from . import compiled, programs, tls
from .base import TESTS as FOLDER
from .base import check, locked, of_the_run, run

PAIR = "engine_data=client.pem"
# Name, what the engine does not do, and properties. The reference crashes with an engine that is asked for its certificate: it
# frees its list of authorities twice. So these are the refusals before that.
REFUSED = [
    ("no such library", "", "ssl.engine.location=/nonexistent"),
    ("no library", "", "ssl.engine.location=garbage"),
    ("no engine", "", "ssl.engine.location={empty}"),
    ("it does not bind", "bind", "ssl.engine.location={engine}"),
    ("it does not begin", "init", "ssl.engine.location={engine}"),
    ("no engine of that id", "init", "ssl.engine.location={engine}", "ssl.engine.id=other"),
    ("providers come before it", "", "ssl.engine.location=/nonexistent", "ssl.providers=foo"),
    ("it comes before authorities", "", "ssl.engine.location=/nonexistent", "ssl.ca.location=/nonexistent"),
    ("files come before its certificate", "", "ssl.engine.location={engine}", "ssl.key.location=/nonexistent", tls.CA),
    ("a keystore without a password", "", "ssl.engine.location={engine}", "ssl.keystore.location=client.p12"),
]
NOTHING = "kafka: No further error information available"
# What the engine does not do when it is asked, and what the reference says of it before it crashes.
SILENT = [
    ("success", f"OpenSSL ENGINE_load_ssl_client_cert failed: {NOTHING}"),
    ("answer", f"OpenSSL engine failed to load certificate: {NOTHING}"),
    ("certificate", f"OpenSSL engine failed to load certificate: {NOTHING}"),
    ("key", f"OpenSSL engine failed to load private key: {NOTHING}"),
    ("function", "OpenSSL engine failed to load certificate: error:1300007D:engine routines::no load function"),
    ("fit", "Failed to use SSL_CTX_use_PrivateKey with engine: error:05800074:x509 certificate routines::key values mismatch"),
]


def engine(empty=False):
    source, path = os.path.join(FOLDER, "openssl_engine.c"), of_the_run("empty.so" if empty else "engine.so")
    with locked(os.path.basename(path)):
        if not os.path.exists(path):
            words = ["-DEMPTY"] if empty else []
            run(["gcc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-g", "-shared", "-fPIC", *words, source, "-o", path, "-lcrypto"], 60)
    return path


def says(libraries, which, words, lacks="", before=()):
    """What a client says that does no more than to be created."""
    paths = {"engine": engine(), "empty": engine(empty=True)}
    environment = libraries.environment(which, {"ENGINE": lacks, "OTHER": tls.files(["=server.pem"])[0][1:-4]})
    words = [word.format(**paths) if "ssl.engine.location" in word else word for word in words]
    argv = [*before, compiled.tool("tls_client", libraries), "security.protocol=ssl", "bootstrap.servers=127.0.0.1:1", *tls.files(words)]
    return run(argv, 120, environment)[1].decode()


def refused(libraries):
    for name, lacks, *words in REFUSED:
        said = [says(libraries, which, words, lacks) for which in ("reference", "ours")]
        check("refused: " in said[0], f"{name}: the reference takes it: {said[0]}")
        # The reference does not end what it has begun to use.
        tls.compare(name, *(text.replace("engine: finished\n", "") for text in said))


def used(libraries):
    with_engine = ["ssl.engine.location={engine}", PAIR, tls.CA]
    for lacks, text in SILENT:
        said = says(libraries, "ours", ["new_only=", *with_engine], lacks)
        check(f"refused: {text} (_INVALID_ARG)\n" in said, f"{lacks}: {said}")
        check("engine: finished" in said, f"{lacks}: {said}")
    twice = says(libraries, "ours", ["new_only=", *with_engine, *tls.ALICE], before=programs.VALGRIND)
    lines = ("bound as itself", "initialised", "asked with 1 authorities, data 1", "finished")
    check(twice == "".join(f"engine: {line}\n" for line in lines[:3]) + "engine: finished\ncreated\n", twice)
    said = says(libraries, "ours", ["new_only=", "ssl.engine.location={engine}", "ssl.ca.pem=@all.pem", PAIR])
    check("asked with 2 authorities, data 1\n" in said and "created" in said, said)
    # A broker that wants a certificate gets the engine's, not the one of the files.
    stranger = ["ssl.certificate.location=stranger.pem", "ssl.key.location=stranger.key"]
    words = [word.format(engine=engine()) for word in [*with_engine, *stranger]]
    said = tls.conversation(libraries, "ours", tls.WANTED, words, None)
    check("0 in the queue" in said and said.count("1 report, NO_ERROR") == 3, said)


TESTS = [("tls:engine:refused", refused), ("tls:engine:used", used)]
