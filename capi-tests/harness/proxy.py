"""Web proxies between a client and its token endpoint: when they are asked, and what for, ours as the reference's libcurl."""

import socket
import threading

from . import token_endpoint
from .base import check
from .listener import Listener

HELLO = b"HTTP/1.1 200 Connection established\r\n\r\n"


class Proxy(Listener):
    """Connects whoever asks for it (CONNECT), and answers other requests itself with a token; or says `answer` to anything."""

    def __init__(self, answer=None):
        self.answer, self.heads = answer, []
        super().__init__()

    def serve(self, connection):
        with connection, connection.makefile("rb") as reader:
            lines = [line.strip().decode() for line in iter(reader.readline, b"\r\n")]
            self.heads.append(lines)
            if self.answer is not None:
                connection.sendall(self.answer)
            elif lines[0].startswith("CONNECT "):
                host, port = lines[0].split()[1].rsplit(":", 1)
                with socket.create_connection((host, int(port))) as server:
                    connection.sendall(HELLO)
                    back = threading.Thread(target=pump, args=(server, connection))
                    back.start()
                    pump(connection, server)
                    back.join()
            else:
                body = token_endpoint.token()
                head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
                connection.sendall(head.encode() + body)


def pump(source, target):
    try:
        while data := source.recv(1 << 16):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # one of the two has had enough


# Over HTTPS or not, and the environment, where PROXY is the address of the proxy.
CHOICES = [
    (False, {}),
    (True, {}),
    *((is_https, {name: "http://PROXY"}) for is_https in (False, True) for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")),
    (True, {"https_proxy": "http://PROXY", "HTTPS_PROXY": "http://127.0.0.1:1", "ALL_PROXY": "http://127.0.0.1:1"}),
    (True, {"https_proxy": "", "HTTPS_PROXY": "http://PROXY"}),
    (True, {"https_proxy": "PROXY"}),
    (True, {"https_proxy": "HTTP://PROXY/path"}),
    *((is_https, {"all_proxy": "http://us%40er:p%3Aw@PROXY"}) for is_https in (False, True)),
    (False, {"http_proxy": "user@PROXY"}),
    *(
        (True, {"https_proxy": "http://PROXY", "no_proxy": exempt})
        for exempt in ("localhost", "LOCALHOST.", ".localhost", "*", "foo, localhost", "foo localhost", "foo,*", "host", "127.0.0.1", "")
    ),
    (True, {"https_proxy": "http://PROXY", "NO_PROXY": "localhost"}),
    (True, {"https_proxy": "http://PROXY", "no_proxy": "foo", "NO_PROXY": "localhost"}),
]
# What the proxy says instead of connecting, and the reference's text.
REFUSALS = [
    (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "CONNECT tunnel failed, response 403"),
    (b"HTTP/1.1 407 x\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 3\r\n\r\nabc", "CONNECT tunnel failed, response 407"),
    (b"", "Proxy CONNECT aborted"),
    (b"garbage\r\n\r\n", "CONNECT tunnel failed, response 0"),
    (b"HTTP/1.1 200 OK\r\n\r\nthis is no TLS", "error:0A00010B:SSL routines::wrong version number"),
]
UNUSABLE = [
    ("ftp://user:secret@PROXY", "Unsupported proxy scheme for 'ftp://"),
    ("http://PROXYx", "Port number was not a decimal number between 0 and 65535"),
    ("http://", "Unsupported proxy syntax in 'http://': No host present"),
    ("http://nonexistent.invalid:1", "nonexistent.invalid"),
    ("http://127.0.0.1:1", "127.0.0.1"),
]


def properties(files, url):
    return (url, f"https.ca.location={files.path('ca.pem')}", *token_endpoint.CREDENTIALS)


def says(clients, which, arguments, environment, proxy):
    environment = {name: value.replace("PROXY", proxy.address) for name, value in environment.items()}
    return clients[which].says(*arguments, more=environment)


def choices(libraries):
    with token_endpoint.scene(libraries) as (files, endpoint, client), token_endpoint.Endpoint(files, tls=False) as plain:
        clients = {which: client.on(libraries, which) for which in ("reference", "ours")}
        for is_https, environment in CHOICES:
            server = endpoint if is_https else plain
            arguments, heads = properties(files, server.url(scheme="https" if is_https else "http")), {}
            for which in clients:
                with Proxy() as proxy:
                    said, log = says(clients, which, arguments, environment, proxy)
                    check(said == "delivered", f"{which}, {environment}: {said} ({log})")
                    # The first line, and what proves who asks; the rest is up to each client.
                    heads[which] = [head[:2] + [line for line in head if line.startswith("Proxy-Authorization")] for head in proxy.heads]
            check(heads["ours"] == heads["reference"], f"{is_https}, {environment}: {heads}")


def failures(libraries):
    with token_endpoint.scene(libraries) as (files, endpoint, client):
        clients = {which: client.on(libraries, which) for which in ("reference", "ours")}
        arguments = properties(files, endpoint.url())
        for which in clients:
            for answer, text in REFUSALS:
                with Proxy(answer) as proxy:
                    said, log = says(clients, which, arguments, {"https_proxy": "http://PROXY"}, proxy)
                    check(text in said, f"{which}, {answer}: {said} ({log})")
                    check(len(proxy.heads) == 1, f"{which}, {answer}: asked {len(proxy.heads)} times")
            for address, text in UNUSABLE:
                with Proxy() as proxy:
                    said, log = says(clients, which, arguments, {"https_proxy": address}, proxy)
                    check(text in said, f"{which}, {address}: {said} ({log})")
                    check(which == "reference" or "secret" not in said + log, f"the proxy's password: {said} ({log})")


TESTS = [("token-endpoint:proxies", choices), ("token-endpoint:proxies:failures", failures)]
