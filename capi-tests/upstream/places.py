"""What upstream.toml names and only a run knows: where certificates are, and a token endpoint, started when it is named first."""

import functools

from harness import certificates, token_endpoint


@functools.cache
def endpoint():
    started = token_endpoint.Endpoint(token_endpoint.Files(), tls=False)
    return started.__enter__()  # it lives as long as this process


PLACES = {
    "{certificates}": certificates.folder,
    "{endpoint}": lambda: f"http://127.0.0.1:{endpoint().server_address[1]}",
    "{keys}": lambda: endpoint().files.folder,
}


def placed(text):
    """The text with what its words in braces stand for."""
    for word, place in PLACES.items():
        if word in text:
            text = text.replace(word, place())
    return text
