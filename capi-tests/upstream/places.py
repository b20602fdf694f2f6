"""What upstream.toml names and only a run knows: where certificates and Kafka's programs are, and a token endpoint, started when it
is named first."""

import functools
import os

from harness import certificates, kafka, token_endpoint

from .source import HOME

RUN_CLASS = """#!/bin/sh
exec java -cp "$CLASSPATH:{jars}" "$@"
"""


@functools.cache
def endpoint():
    started = token_endpoint.Endpoint(token_endpoint.Files(), tls=False)
    return started.__enter__()  # it lives as long as this process


@functools.cache
def kafka_path():
    """A folder as a release of Kafka has it, as far as tests look into it (`KAFKA_PATH`)."""
    jars = kafka.class_path()
    folder = os.path.join(HOME, "kafka")
    os.makedirs(os.path.join(folder, "bin"), exist_ok=True)
    libs = os.path.join(folder, "libs")
    if not os.path.islink(libs):
        os.symlink(os.path.dirname(jars), libs)
    script = os.path.join(folder, "bin", "kafka-run-class.sh")
    with open(script, "w", encoding="utf-8") as file:
        file.write(RUN_CLASS.format(jars=jars))
    os.chmod(script, 0o755)
    return folder


PLACES = {
    "{certificates}": certificates.folder,
    "{kafka}": kafka_path,
    "{endpoint}": lambda: f"http://127.0.0.1:{endpoint().server_address[1]}",
    "{keys}": lambda: endpoint().files.folder,
}


def placed(text):
    """The text with what its words in braces stand for."""
    for word, place in PLACES.items():
        if word in text:
            text = text.replace(word, place())
    return text
