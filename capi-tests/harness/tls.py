"""TLS: what rd_kafka_new() refuses, and handshakes that fail, ours beside the reference's; messages through it, read back."""

import difflib
import os
import re
import subprocess

from . import brokers, certificates, programs
from .base import Failed, check, communicate, run

MESSAGES = 50_000

# What may differ in a text, and why.
NORMAL = [
    # We say what to look at, behind what the reference says.
    (r"(install ca-certificates package\)): .*? (?=\(after)", r"\1 "),
    (r"(SSL alert number \d+): .*? (?=\(after)", r"\1 "),
    # The reference has a newer OpenSSL inside of it, with other words for some errors.
    (r"error:05880002:(.*)::system lib", r"error:05880020:\1::BIO lib"),
    (r"sslv3 alert handshake failure", "ssl/tls alert handshake failure"),
    (r"(ssl.curves.list failed: ).*?(?= \(_)", r"\1..."),
    (r"filename\(.*?foo.so\): .*?foo.so", "foo.so"),
    (r"(Error reading ssl.keystore.location PKCS#12 file: \S+: error:06).*?(?= \(_)", r"\1..."),
    (r"(?m)^  SSL 3 kafka: error:068.*\n?", ""),
    # A broker that answers at once is another case for the reference, depending on who is faster.
    (r"(?m)^  error -195 (\S+: )(?=error:0A)", r"  error -181 \1SSL handshake failed: "),
    (r"(?m)^  FAIL 3 (\S+: )(?=error:0A)", r"  FAIL 3 \1SSL handshake failed: "),
    (r"(?m)^  (FAIL 3|error -195) (\S+: )(?=Disconnected: .*SSL_HANDSHAKE)", r"  \1 \2SSL handshake failed: "),
    (r": connecting to a PLAINTEXT broker listener\?", ""),
    (r"(handshake failed: Disconnected: )(SSL connection closed|connection reset) by peer", r"\1..."),
    (r"(certificate verify failed): broker certificate .*? package\)", r"\1"),
    # It opens the file by OpenSSL; so its errors are OpenSSL's.
    (r"(Failed to open ssl.keystore.location: \S+: ).*?(?= \(_)", r"\1..."),
    (r"(?m)^  SSL 3 kafka: error:80000002:.*calling fopen\(/nonexistent, rb\)\n", ""),
]

# Name and properties; files are in the folder of certificates.
REFUSED = [
    ("no such CA", "ssl.ca.location=/nonexistent"),
    ("CA is garbage", "ssl.ca.location=garbage"),
    ("CA PEM is garbage", "ssl.ca.pem=garbage"),
    ("no such key", "ssl.key.location=/nonexistent", "ssl.certificate.location=client.pem"),
    ("key is garbage", "ssl.key.location=garbage", "ssl.certificate.location=client.pem"),
    ("key PEM is garbage", "ssl.key.pem=garbage", "ssl.certificate.location=client.pem"),
    ("no such certificate", "ssl.key.location=client.key", "ssl.certificate.location=/nonexistent"),
    ("certificate is garbage", "ssl.key.location=client.key", "ssl.certificate.location=garbage"),
    ("certificate PEM is garbage", "ssl.key.location=client.key", "ssl.certificate.pem=garbage"),
    ("another's key", "ssl.key.location=server.key", "ssl.certificate.location=client.pem"),
    ("a key only", "ssl.key.location=client.key"),
    ("no password for the key", "ssl.key.location=client.encrypted.key", "ssl.certificate.location=client.pem"),
    (
        "another password for the key",
        "ssl.key.location=client.encrypted.key",
        "ssl.certificate.location=client.pem",
        "ssl.key.password=wrong",
    ),
    ("no password for the keystore", "ssl.keystore.location=client.p12"),
    ("no such keystore", "ssl.keystore.location=/nonexistent", "ssl.keystore.password=x"),
    ("keystore is garbage", "ssl.keystore.location=garbage", "ssl.keystore.password=x"),
    ("another password for the keystore", "ssl.keystore.location=client.p12", "ssl.keystore.password=wrong"),
    ("no such cipher", "ssl.cipher.suites=FOO"),
    ("no such curve", "ssl.curves.list=FOO"),
    ("no such signature algorithm", "ssl.sigalgs.list=FOO"),
    ("no such CRL", "ssl.crl.location=/nonexistent"),
    ("CRL is garbage", "ssl.crl.location=garbage"),
    ("no such provider", "ssl.providers=foo"),
]

CA = "ssl.ca.location=ca.pem"
ALICE = ("ssl.certificate.location=client.pem", "ssl.key.location=client.key")
WANTED = ("server", "--tls-client-ca", "ca.pem")
# Name, what the broker is started with at first, how that is mended, and what the client has.
FAILING = [
    ("another CA", ("server",), ("stranger",), "ssl.ca.location=other.pem", "ssl.endpoint.identification.algorithm=none"),
    ("other names", ("wrong",), ("server",), CA),
    ("expired", ("expired",), ("server",), CA),
    ("a plain broker", (), ("server",), CA),
    ("a certificate is wanted, TLS 1.3", WANTED, ("server",), CA),
    ("a certificate is wanted, TLS 1.2", (*WANTED, "--tls-1.2"), ("server",), CA),
    (
        "another's certificate",
        WANTED,
        ("server",),
        CA,
        "ssl.certificate.location=stranger.pem",
        "ssl.key.location=stranger.key",
    ),
]
WORKING = [
    ("TLS 1.3", ("server",), CA),
    ("TLS 1.2", ("server", "--tls-1.2"), CA),
    ("no verification", ("expired",), "enable.ssl.certificate.verification=false"),
    ("names are not compared", ("wrong",), CA, "ssl.endpoint.identification.algorithm=none"),
    ("a client's certificate", ("server", "--tls-client-ca", "ca.pem"), CA, *ALICE),
    (
        "an encrypted key",
        ("server", "--tls-client-ca", "ca.pem"),
        CA,
        "ssl.certificate.location=client.pem",
        "ssl.key.location=client.encrypted.key",
        f"ssl.key.password={certificates.PASSWORD}",
    ),
    (
        "a keystore",
        ("server", "--tls-client-ca", "ca.pem"),
        CA,
        "ssl.keystore.location=client.p12",
        f"ssl.keystore.password={certificates.PASSWORD}",
    ),
    ("a certificate only", ("server",), CA, "ssl.certificate.location=client.pem"),
    ("PEM in properties", ("server", "--tls-client-ca", "ca.pem"), "ssl.ca.pem=@ca.pem", "ssl.certificate.pem=@client.pem", "ssl.key.pem=@client.key"),
]


def files(words):
    """Words with paths for the names of files; `=@NAME` stands for what is in the file."""
    folder = certificates.folder()

    def whole(word):
        name, equals, value = word.rpartition("=")
        path = os.path.join(folder, value.lstrip("@"))
        if not os.path.isfile(path):
            return word
        if value.startswith("@"):
            with open(path, encoding="ascii") as file:
                path = file.read()
        return name + equals + path

    return [whole(word) for word in words]


def broker(libraries, port, certificate=None, *options):
    words = ["--tls-cert", f"{certificate}.pem", "--tls-key", f"{certificate}.key", *options] if certificate else []
    return brokers.mock_process(libraries, 1, [], port=port, options=files(words))


def normal(text):
    for pattern, replacement in NORMAL:
        text = re.sub(pattern, replacement, text)
    lines = text.replace(certificates.folder() + "/", "").splitlines()
    return [line for i, line in enumerate(lines) if i == 0 or line != lines[i - 1]]


def compare(name, reference, ours):
    reference, ours = normal(reference), normal(ours)
    if reference != ours:
        raise Failed("\n".join([name, *difflib.unified_diff(reference, ours, "reference", "ours", lineterm="", n=2)]))


def refused(libraries):
    binary = programs.tool("tls_client", libraries)
    for name, *words in REFUSED:
        argv = [binary, "security.protocol=ssl", "bootstrap.servers=127.0.0.1:1", *files(words)]
        said = [run(argv, 20, libraries.environment(which))[1].decode() for which in ("reference", "ours")]
        check(said[0].startswith("refused: "), f"{name}: the reference takes it: {said[0]}")
        compare(name, *said)


def conversation(libraries, which, at_first, words, mended):
    """What a client says of a broker that is started like this, and after that was mended. Both have the port that they get."""
    port = brokers.free_port()
    argv = [programs.tool("tls_client", libraries), "security.protocol=ssl", f"bootstrap.servers=127.0.0.1:{port}", *files(words)]
    service, _ = broker(libraries, port, *at_first)
    with service:
        process = subprocess.Popen(
            argv, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=libraries.environment(which)
        )
        said = process.stdout.readline().decode()
        if mended:
            service.kill()
            service = broker(libraries, port, *mended)[0]
    with service:
        process.stdin.write(b"mended\n")
        out, err = communicate(process, 60)
        check(process.returncode == 0, f"{which}: {said}{out.decode()}{err.decode()}")
    return said + out.decode()


def failing(libraries):
    for name, at_first, mended, *words in FAILING:
        said = [conversation(libraries, which, at_first, words, mended) for which in ("reference", "ours")]
        check("3 in the queue, fatal error NO_ERROR" in said[0], f"{name}: {said[0]}")
        check(said[1].count("1 report, NO_ERROR") == 3, f"{name}: {said[1]}")
        compare(name, *said)


def working(libraries):
    for name, at_first, *words in WORKING:
        for which in ("reference", "ours"):
            said = conversation(libraries, which, at_first, words, None)
            check(said.startswith("0 in the queue") and said.count("1 report, NO_ERROR") == 3, f"{name}, {which}: {said}")


SERVER = ("--tls-cert", "server.pem", "--tls-key", "server.key")
LOGIN = ("sasl.username=alice", "sasl.password=secret")


def read_back(engine, options, words):
    """Our idempotent producer's messages, read back byte for byte by the reference over the same."""

    def test(libraries):
        service, bootstrap = brokers.mock_process(libraries, topics=("t:4",), options=files([*SERVER, *options]))
        binary = programs.tool("reference_on_mock", libraries)
        argv = ["stdbuf", "-oL", binary, bootstrap, "idempotent", str(MESSAGES), *files([CA, *words])]
        with service:
            ours = dict(libraries.environment("ours"), ONLY="produce", RDKAFKA_PRODUCE_ENGINE=engine)
            out = run(argv, 120, ours)[1].decode()
            check(out == "aborted 0\n", f"unexpected answer: {out!r}")
            out = run(argv, 120, dict(libraries.environment("reference"), ONLY="read"))[1].decode()
            check(f"{MESSAGES} messages of 2." in out, f"unexpected answer: {out!r}")

    return test


def reference(libraries):
    """The reference's producer and consumers on our mock, with a client's certificate."""
    service, bootstrap = brokers.mock_process(libraries, topics=("t:4",), options=files([*SERVER, "--tls-client-ca", "ca.pem"]))
    argv = [programs.tool("reference_on_mock", libraries), bootstrap, "idempotent", str(MESSAGES), "security.protocol=ssl", CA, *ALICE]
    with service:
        out = run(files(argv), 120, libraries.environment("reference"))[1].decode()
        check(f"{MESSAGES} messages of 2." in out, f"unexpected answer: {out!r}")


TESTS = [
    ("tls:refused", refused),
    ("tls:failing", failing),
    ("tls:working", working),
    *((f"tls:read-back:{engine}", read_back(engine, (), ("security.protocol=ssl",))) for engine in ("legacy", "v2")),
    (
        "tls:read-back:sasl",
        read_back("legacy", ("--sasl", "alice:secret"), ("security.protocol=sasl_ssl", "sasl.mechanism=SCRAM-SHA-512", *LOGIN)),
    ),
    ("tls:reference-on-mock", reference),
]
