"""Token endpoints behind HTTPS, and assertions: whether others accept what the library signs is up to the `openssl` program."""

import base64
import contextlib
import copy
import http.server
import json
import os
import ssl
import subprocess
import threading
import time
import urllib.parse

from . import brokers, compiled
from .base import check, run, work

O = "sasl.oauthbearer."
JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def openssl(*arguments, cwd):
    return run(["openssl", *arguments], 60, cwd=cwd)


NO_SIGNATURE = encode(b'{"alg":"none"}')


class Files:
    """An authority, a certificate for `localhost` only, and the keys of a client."""

    def __init__(self):
        self.folder = work("token_endpoint")
        os.makedirs(self.folder, exist_ok=True)
        make = lambda *arguments: openssl(*arguments, cwd=self.folder)
        new = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30")
        make(*new, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=authority")
        names = ("-subj", "/CN=endpoint", "-addext", "subjectAltName=DNS:localhost")
        make(*new, "-keyout", "tls.key", "-out", "tls.pem", *names, "-CA", "ca.pem", "-CAkey", "ca.key")
        make("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "rsa.pem")
        make("pkcs8", "-topk8", "-in", "rsa.pem", "-out", "rsa-secret.pem", "-passout", "pass:hush")
        make("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "ec.pem")
        for key in ("rsa", "ec"):
            make("pkey", "-in", f"{key}.pem", "-pubout", "-out", f"{key}.pub")

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def verify(self, assertion):
        """The claims of an assertion, or None if its signature is wrong."""
        head, claims, signature = assertion.split(".")
        algorithm, signature = json.loads(decode(head))["alg"], decode(signature)
        if algorithm == "ES256":  # the program wants ASN.1
            check(len(signature) == 64, f"a signature of {len(signature)} bytes")
            numbers = [b"\0" + n if n[0] & 0x80 else n for n in (s.lstrip(b"\0") for s in (signature[:32], signature[32:]))]
            parts = b"".join(bytes((2, len(n))) + n for n in numbers)
            signature = bytes((0x30, len(parts))) + parts
        for name, data in (("signature", signature), ("data", f"{head}.{claims}".encode())):
            with open(self.path(name), "wb") as file:
                file.write(data)
        public = "ec.pub" if algorithm == "ES256" else "rsa.pub"
        argv = ["openssl", "dgst", "-sha256", "-verify", public, "-signature", "signature", "data"]
        verdict = subprocess.run(argv, cwd=self.folder, capture_output=True, check=False)
        return json.loads(decode(claims)) if verdict.returncode == 0 else None


def token(lifetime=60):
    """An answer with a token that the mock cluster takes, an unsigned one."""
    claims = json.dumps({"sub": "me", "client_id": "me", "exp": int(time.time()) + lifetime}).encode()
    return json.dumps({"access_token": f"{NO_SIGNATURE}.{encode(claims)}."}).encode()


class Endpoint(http.server.ThreadingHTTPServer):
    """Gives tokens that the mock cluster takes: unsigned ones, in chunks. Those of /expired have expired."""

    def __init__(self, files, tls=True):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.claims = files, None
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(files.path("tls.pem"), files.path("tls.key"))
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def url(self, host="localhost", scheme="https"):
        return f"{O}token.endpoint.url={scheme}://{host}:{self.server_address[1]}/token"

    def handle_error(self, request, client_address):
        """A client that does not believe the certificate ends the connection."""

    def grants(self, headers, form):
        if form.get("grant_type") == [JWT] and form.get("scope") != ["invalid_scope"]:
            self.claims = self.files.verify(form["assertion"][0])
            return self.claims is not None
        return headers["Authorization"] == "Basic " + base64.b64encode(b"me:secret").decode() and form.get("scope") == ["a b"]

    def __enter__(self):
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        pass

    def do_POST(self):
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.answer(self.server.grants(self.headers, form))

    def do_GET(self):
        """As Azure's instance metadata service."""
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        self.answer(self.headers["Metadata"] == "true" and {"api-version", "resource", "client_id"} <= set(query))

    def answer(self, granted):
        lifetime = -60 if self.path.startswith("/expired") else 60
        body = token(lifetime) if granted else json.dumps({"error": "invalid_grant"}).encode()
        self.send_response(200 if granted else 400)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in (body[:10], body[10:], b""):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))


class Client:
    def __init__(self, libraries, bootstrap):
        self.program, self.bootstrap = compiled.tool("oidc_client", libraries), bootstrap
        self.environment = libraries.environment("ours")

    def on(self, libraries, which):
        """The same on one of the two libraries."""
        other = copy.copy(self)
        other.environment = libraries.environment(which)
        return other

    def says(self, *properties, more=None):
        argv = [self.program, self.bootstrap, *properties]
        done = subprocess.run(argv, env=self.environment | (more or {}), capture_output=True, text=True, timeout=120, check=False)
        check(done.returncode == 0, f"{properties}: {done.stderr}")
        return done.stdout.strip(), done.stderr

    def expect(self, words, *properties):
        said, log = self.says(*properties)
        check(words in said, f"{properties}: {said} ({log})")


@contextlib.contextmanager
def scene(libraries, tls=True):
    files = Files()
    service, bootstrap = brokers.mock_process(libraries, 1, ("t:1",), options=("--sasl-oauthbearer",))
    with service, Endpoint(files, tls) as endpoint:
        yield files, endpoint, Client(libraries, bootstrap)


CREDENTIALS = (f"{O}client.id=me", f"{O}client.secret=secret", f"{O}scope=a b")


def https(libraries):
    with scene(libraries) as (files, endpoint, client):
        authority, pem = files.path("ca.pem"), files.read("ca.pem")
        client.expect("delivered", endpoint.url(), f"https.ca.location={authority}", *CREDENTIALS)
        client.expect("delivered", endpoint.url(), f"https.ca.pem={pem}", *CREDENTIALS)
        unknown = "server certificate could not be verified, verify that https.ca.location"
        client.expect(unknown, endpoint.url(), *CREDENTIALS)
        client.expect(unknown, endpoint.url(), f"ssl.ca.location={authority}", *CREDENTIALS)
        client.expect(unknown, endpoint.url("127.0.0.1"), f"https.ca.location={authority}", *CREDENTIALS)
        client.expect("https.ca.pem", endpoint.url(), "https.ca.pem=garbage", *CREDENTIALS)
        refused = (endpoint.url(), f"https.ca.location={authority}", f"{O}client.id=me", f"{O}client.secret=wrong")
        client.expect('{"error": "invalid_grant"}', *refused)
    with scene(libraries, tls=False) as (files, endpoint, client):
        said = "SSL handshake failed"
        client.expect(said, endpoint.url(), f"https.ca.location={files.path('ca.pem')}", *CREDENTIALS)


def assertions(libraries):
    with scene(libraries) as (files, endpoint, client):
        to = (endpoint.url(), f"https.ca.location={files.path('ca.pem')}", f"{O}grant.type={JWT}")
        key, pem = f"{O}assertion.private.key.file={files.path('rsa.pem')}", f"{O}assertion.private.key.pem={files.read('rsa.pem')}"
        client.expect("delivered", *to, key)
        client.expect("delivered", *to, pem)
        secret = f"{O}assertion.private.key.file={files.path('rsa-secret.pem')}"
        client.expect("delivered", *to, secret, f"{O}assertion.private.key.passphrase=hush")
        elliptic = f"{O}assertion.private.key.file={files.path('ec.pem')}"
        client.expect("delivered", *to, elliptic, f"{O}assertion.algorithm=ES256")
        template = files.write("template.json", '{"header": {"kid": "k"}, "payload": {"role": ["a"], "sub": "nobody"}}')
        claims = ("aud=AU", "iss=IS", "sub=SU", "exp.seconds=77", "nbf.seconds=33", "jti.include=true")
        claims = [f"{O}assertion.claim.{claim}" for claim in claims]
        client.expect("delivered", *to, key, f"{O}assertion.jwt.template.file={template}", *claims)
        said = endpoint.claims
        check(said["exp"] - said["iat"] == 77 and said["iat"] - said["nbf"] == 33, str(said))
        check((said["aud"], said["iss"], said["sub"], said["role"]) == ("AU", "IS", "SU", ["a"]), str(said))
        check(len(said["jti"]) == 36, str(said))
        head = {"alg": "RS256", "typ": "JWT"}
        data = f"{encode(json.dumps(head).encode())}.{encode(b'{}')}"
        files.write("data", data)
        openssl("dgst", "-sha256", "-sign", "rsa.pem", "-out", "signature", "data", cwd=files.folder)
        with open(files.path("signature"), "rb") as file:
            ready = files.write("ready", f"{data}.{encode(file.read())}\n")
        client.expect("delivered", *to, f"{O}assertion.file={ready}")
        cannot = "Failed to create JWT assertion"
        for wrong in ((secret,), (secret, f"{O}assertion.private.key.passphrase=wrong"), (elliptic,), (key, f"{O}assertion.algorithm=ES256")):
            client.expect(cannot, *to, *wrong)
        client.expect('{"error": "invalid_grant"}', *to, f"{O}assertion.file={files.write('wrong', data + '.AAAA')}")


TESTS = [("token-endpoint:https", https), ("token-endpoint:assertions", assertions)]
