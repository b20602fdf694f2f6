"""TLS: what rd_kafka_new() refuses, and handshakes that fail, ours beside the reference's; messages through it, read back."""

import difflib
import os
import re
import shutil
import subprocess

from . import brokers, certificates, compiled
from .base import Failed, check, communicate, of_the_run, run

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
    (r"filename\(.*?(foo|other).so\): .*?\1.so", r"\1.so"),
    (r"(Error reading ssl.keystore.location PKCS#12 file: \S+: error:06).*?(?= \(_)", r"\1..."),
    (r"(?m)^  SSL 3 kafka: error:068.*\n?", ""),
    # Where in OpenSSL's source something was found, and by which of its functions.
    (r"(\(encoding [\w#]+\): \d+:[\w ]+):\w+:[\w./]+\.c:\d+: ", r"\1: "),
    # What is wrong with bytes that are no ASN.1: the reference has OpenSSL read them from a stream.
    (r"(Failed to read (?:DER / X.509 ASN.1|PKCS#12) [\w /.-]+ \(encoding \S+\): ).*", r"\1..."),
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

# What rd_kafka_conf_set_ssl_cert() takes and refuses, and what rd_kafka_new() makes of it. Types: certificate, key, authorities;
# encodings: PKCS#12, DER, PEM.
FROM_MEMORY = [
    ("all, in PEM", "set_ssl_cert.0.2=client.pem", "set_ssl_cert.1.2=client.key", "set_ssl_cert.2.2=ca.pem", "dump=", "copy=", "dump="),
    ("all, in DER", "set_ssl_cert.0.1=client.der", "set_ssl_cert.1.1=client.plain.der", "set_ssl_cert.2.1=ca.der"),
    ("several authorities and a key between them", "set_ssl_cert.2.2=several.pem"),
    ("nothing of its own, and the system's authorities", "ssl.ca.location=probe"),
    (
        "all, in PKCS#12",
        f"ssl.key.password={certificates.PASSWORD}",
        "set_ssl_cert.0.0=client.p12",
        "set_ssl_cert.1.0=client.p12",
        "set_ssl_cert.2.0=client.whole.p12",
    ),
    ("PKCS#12 without a password", "set_ssl_cert.0.0=client.p12", "set_ssl_cert.1.0=client.p12", "set_ssl_cert.2.0=client.whole.p12"),
    ("PKCS#12 with another password", "ssl.key.password=wrong", "set_ssl_cert.1.0=client.p12"),
    (
        "PKCS#12 that lacks something",
        f"ssl.key.password={certificates.PASSWORD}",
        "set_ssl_cert.2.0=client.p12",
        "set_ssl_cert.1.0=certificate.p12",
        "set_ssl_cert.0.0=ca.p12",
    ),
    ("an encrypted key", f"ssl.key.password={certificates.PASSWORD}", "set_ssl_cert.0.2=client.pem", "set_ssl_cert.1.2=client.encrypted.key"),
    ("no password for the key", "set_ssl_cert.1.2=client.encrypted.key"),
    ("another password for the key", "ssl.key.password=wrong", "set_ssl_cert.1.2=client.encrypted.key"),
    ("garbage", *(f"set_ssl_cert.{what}.{encoding}=garbage" for what in range(3) for encoding in range(3))),
    ("one for the other", "set_ssl_cert.0.2=client.key", "set_ssl_cert.1.2=client.pem", "set_ssl_cert.0.1=client.plain.der"),
    ("no such type", "set_ssl_cert.3.2=client.pem", "set_ssl_cert.-1.2=client.pem", "set_ssl_cert.3.9=client.pem", "set_ssl_cert.9.0="),
    ("no such encoding", "set_ssl_cert.0.3=client.pem", "set_ssl_cert.0.-1=client.pem", "set_ssl_cert.0.9="),
    ("a key only", "set_ssl_cert.1.2=client.key"),
    ("a key only, and forgotten", "set_ssl_cert.1.2=client.key", "set_ssl_cert.1.2="),
    ("a key only, and garbage after it", "set_ssl_cert.1.2=client.key", "set_ssl_cert.1.2=garbage"),
    ("a certificate only", "set_ssl_cert.0.2=client.pem"),
    ("another's key", "set_ssl_cert.0.2=client.pem", "set_ssl_cert.1.2=server.key"),
    ("a key of a file", "set_ssl_cert.0.2=client.pem", "ssl.key.location=client.key"),
    ("a certificate of a file", "ssl.certificate.location=client.pem", "set_ssl_cert.1.2=client.key"),
    ("the file goes before", "set_ssl_cert.0.2=server.pem", "ssl.certificate.location=client.pem", "set_ssl_cert.1.2=client.key"),
    ("no such file", "set_ssl_cert.0.2=client.pem", "set_ssl_cert.1.2=client.key", "ssl.key.location=/nonexistent"),
    ("authorities twice", "set_ssl_cert.2.2=ca.pem", "ssl.ca.location=ca.pem"),
    ("authorities twice, as PEM", "set_ssl_cert.2.2=ca.pem", "ssl.ca.pem=@ca.pem"),
    ("authorities twice, without TLS", "security.protocol=plaintext", "set_ssl_cert.2.2=ca.pem", "ssl.ca.location=ca.pem"),
    ("a copy without the key, which is copied all the same", "set_ssl_cert.0.2=client.pem", "set_ssl_cert.1.2=server.key", "copy=ssl_key"),
    ("a copy with it", "set_ssl_cert.0.2=client.pem", "set_ssl_cert.1.2=server.key", "copy="),
]

CA = "ssl.ca.location=ca.pem"
ALICE = ("ssl.certificate.location=client.pem", "ssl.key.location=client.key")
WANTED = ("server", "--tls-client-ca", "ca.pem")
# Name, what the broker is started with at first, how that is mended, and what the client has.
FAILING = [
    ("another CA", ("server",), ("stranger",), "ssl.ca.location=other.pem", "ssl.endpoint.identification.algorithm=none"),
    ("other names", ("wrong",), ("server",), CA),
    ("expired", ("expired",), ("server",), CA),
    ("revoked", ("revoked",), ("server",), CA, "ssl.crl.location=ca.crl"),
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
# The application's callback: depth, answer, error that it sets, reason.
ASKED = [
    ("accepted", ("server",), CA, "verify_cb=0,1,-1"),
    ("accepted with another number", ("server",), CA, "verify_cb=0,-7,-1"),
    ("accepted with an error of its own", ("server",), CA, "verify_cb=0,1,10"),
    ("refused", ("server",), CA, "verify_cb=0,0,-1,no, thanks"),
    ("refused without a word", ("server",), CA, "verify_cb=0,0,-1"),
    ("refused with an error of its own", ("server",), CA, "verify_cb=0,0,10,too old"),
    ("the authority is refused", ("server",), CA, "verify_cb=1,0,-1,no, thanks"),
    ("refused, TLS 1.2", ("server", "--tls-1.2"), CA, "verify_cb=0,0,-1,no, thanks"),
    ("expired and taken all the same", ("expired",), CA, "verify_cb=0,1,0"),
    ("other names and taken all the same", ("wrong",), CA, "verify_cb=0,1,0"),
    ("another CA and taken all the same", ("stranger",), CA, "verify_cb=0,1,0", "ssl.endpoint.identification.algorithm=none"),
    ("another CA and refused", ("stranger",), CA, "verify_cb=0,0,-1,no, thanks", "ssl.endpoint.identification.algorithm=none"),
    ("no verification, and accepted", ("expired",), CA, "verify_cb=0,1,-1", "enable.ssl.certificate.verification=false"),
    ("no verification, and refused", ("wrong",), CA, "verify_cb=0,0,-1,no, thanks", "enable.ssl.certificate.verification=false"),
]
WORKING = [
    ("TLS 1.3", ("server",), CA),
    ("TLS 1.2", ("server", "--tls-1.2"), CA),
    ("no verification", ("expired",), "enable.ssl.certificate.verification=false"),
    ("nobody has revoked it", ("server",), CA, "ssl.crl.location=ca.crl"),
    ("a folder of authorities", ("server",), "ssl.ca.location=trusted"),
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
    (
        "PEM from memory",
        ("server", "--tls-client-ca", "ca.pem"),
        "set_ssl_cert.2.2=ca.pem",
        "set_ssl_cert.0.2=client.pem",
        "set_ssl_cert.1.2=client.key",
        "copy=",
    ),
    (
        "PKCS#12 from memory",
        ("server", "--tls-client-ca", "ca.pem"),
        f"ssl.key.password={certificates.PASSWORD}",
        "set_ssl_cert.2.0=client.whole.p12",
        "set_ssl_cert.0.0=client.whole.p12",
        "set_ssl_cert.1.0=client.whole.p12",
    ),
    ("PEM in properties", ("server", "--tls-client-ca", "ca.pem"), "ssl.ca.pem=@ca.pem", "ssl.certificate.pem=@client.pem", "ssl.key.pem=@client.key"),
]


def files(words):
    """Words with paths for the names of files; `=@NAME` stands for what is in the file."""
    folder = certificates.folder()

    def whole(word):
        name, equals, value = word.rpartition("=")
        path = os.path.join(folder, value.lstrip("@"))
        if not value or not os.path.exists(path):
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
    binary = compiled.tool("tls_client", libraries)
    for name, *words in REFUSED:
        argv = [binary, "security.protocol=ssl", "bootstrap.servers=127.0.0.1:1", *files(words)]
        said = [run(argv, 20, libraries.environment(which))[1].decode() for which in ("reference", "ours")]
        check(said[0].startswith("refused: "), f"{name}: the reference takes it: {said[0]}")
        compare(name, *said)


def from_memory(libraries):
    binary = compiled.tool("tls_client", libraries)
    taken = 0
    for name, *words in FROM_MEMORY:
        argv = [binary, "security.protocol=ssl", "bootstrap.servers=127.0.0.1:1", "new_only=", *files(words)]
        said = [run(argv, 20, libraries.environment(which))[1].decode() for which in ("reference", "ours")]
        taken += said[0].endswith("created\n")
        compare(name, *said)
    check(taken > 10, f"the reference takes {taken} only")


def asked(libraries):
    for name, at_first, *words in ASKED:
        said = [conversation(libraries, which, at_first, words, None, leaves=True) for which in ("reference", "ours")]
        for text in said:
            check("certificate 0 127.0.0.1:P id -1 depth " in text, f"{name}: {text}")
        compare(name, *said)
    # The reference lets such a connection pass if the handshake is over at once.
    words = [CA, "verify_cb=0,1,-1"]
    said = conversation(libraries, "ours", ("expired",), words, None, leaves=True)
    check("Failed to verify broker certificate: certificate has expired (after N" in said, f"ours: {said}")


def rotation(libraries):
    """Files are replaced while a client is at work with them."""
    folder = of_the_run("rotation")
    os.makedirs(folder, exist_ok=True)
    own = {name: os.path.join(folder, name) for name in ("ca.pem", "own.pem", "own.key", "own.p12")}

    def put(name, source):
        shutil.copy(os.path.join(certificates.folder(), source), own[name] + ".new")
        os.rename(own[name] + ".new", own[name])

    pair = (f"ssl.certificate.location={own['own.pem']}", f"ssl.key.location={own['own.key']}")
    store = (f"ssl.keystore.location={own['own.p12']}", f"ssl.keystore.password={certificates.PASSWORD}")
    stranger, alice = {"own.pem": "stranger.pem", "own.key": "stranger.key"}, {"own.pem": "client.pem", "own.key": "client.key"}
    system = {"SSL_CERT_FILE": own["ca.pem"], "SSL_CERT_DIR": "/nonexistent"}
    for name, broker_has, words, before, after, *more in (
        ("key and certificate", WANTED, (CA, *pair), stranger, alice),
        ("keystore", WANTED, (CA, *store), {"own.p12": "stranger.p12"}, {"own.p12": "client.p12"}),
        ("authorities", ("server",), (f"ssl.ca.location={own['ca.pem']}",), {"ca.pem": "other.pem"}, {"ca.pem": "ca.pem"}),
        ("the system's authorities", ("server",), (), {"ca.pem": "other.pem"}, {"ca.pem": "ca.pem"}, system),
    ):
        for target, source in before.items():
            put(target, source)

        def mend(after=after):
            for target, source in after.items():
                put(target, source)

        said = conversation(libraries, "ours", broker_has, words, mend, more=dict(*more))
        check("3 in the queue" in said and said.count("1 report, NO_ERROR") == 3, f"{name}: {said}")


def conversation(libraries, which, at_first, words, mended, leaves=False, more=None):
    """What a client says of a broker that is started like this, and after that, or what `mended` does, was mended; it may leave before."""
    port = brokers.free_port()
    argv = [compiled.tool("tls_client", libraries), "security.protocol=ssl", f"bootstrap.servers=127.0.0.1:{port}", *files(words)]
    service, _ = broker(libraries, port, *at_first)
    with service:
        process = subprocess.Popen(
            argv, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=libraries.environment(which, more)
        )
        said = process.stdout.readline().decode()
        if callable(mended):
            mended()
            mended = at_first
        if mended:
            service.kill()
            service = broker(libraries, port, *mended)[0]
    with service:
        if not leaves:
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
        binary = compiled.tool("reference_on_mock", libraries)
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
    argv = [compiled.tool("reference_on_mock", libraries), bootstrap, "idempotent", str(MESSAGES), "security.protocol=ssl", CA, *ALICE]
    with service:
        out = run(files(argv), 120, libraries.environment("reference"))[1].decode()
        check(f"{MESSAGES} messages of 2." in out, f"unexpected answer: {out!r}")


TESTS = [
    ("tls:refused", refused),
    ("tls:from-memory", from_memory),
    ("tls:asked", asked),
    ("tls:rotation", rotation),
    ("tls:failing", failing),
    ("tls:working", working),
    *((f"tls:read-back:{engine}", read_back(engine, (), ("security.protocol=ssl",))) for engine in ("legacy", "v2")),
    (
        "tls:read-back:sasl",
        read_back("legacy", ("--sasl", "alice:secret"), ("security.protocol=sasl_ssl", "sasl.mechanism=SCRAM-SHA-512", *LOGIN)),
    ),
    ("tls:reference-on-mock", reference),
]
