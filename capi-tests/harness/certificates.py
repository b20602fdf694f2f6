"""Keys and certificates for the tests of TLS, made once for each run of the suite by the program openssl."""

import os
import shutil

from .base import locked, of_the_run, run

PASSWORD = "sesame"
AUTHORITY = """[ca]
default_ca = rules
[rules]
database = index
serial = serial
new_certs_dir = .
default_md = sha256
policy = policy
[policy]
commonName = supplied
"""
# name: authority, subject, alternative names, when it begins and ends
CERTIFICATES = {
    "server": ("ca", "localhost", "DNS:localhost,IP:127.0.0.1", "20200101000000Z", "20990101000000Z"),
    "moved": ("other", "localhost", "DNS:localhost,IP:127.0.0.1", "20200101000000Z", "20990101000000Z"),
    "revoked": ("ca", "localhost", "DNS:localhost,IP:127.0.0.1", "20200101000000Z", "20990101000000Z"),
    "wrong": ("ca", "example.com", "DNS:example.com,DNS:*.example.org", "20200101000000Z", "20990101000000Z"),
    "expired": ("ca", "localhost", "DNS:localhost,IP:127.0.0.1", "20200101000000Z", "20210101000000Z"),
    "client": ("ca", "alice", "DNS:alice", "20200101000000Z", "20990101000000Z"),
    "renewed": ("ca", "alice", "DNS:alice", "20210101000000Z", "20990101000000Z"),
    "stranger": ("other", "mallory", "DNS:mallory", "20200101000000Z", "20990101000000Z"),
}


def folder():
    """
    Where they are: NAME.pem and NAME.key, with client.encrypted.key and client.p12 behind PASSWORD. The same of the client as DER,
    and with its authority as client.whole.p12; all authorities in all.pem. The first
    of them has revoked what is in ca.crl, and is alone in the folder trusted.
    """
    path = of_the_run("certificates")
    done = os.path.join(path, "done")
    with locked("certificates.lock", path):
        if not os.path.exists(done):
            make(path)
            open(done, "w", encoding="ascii").close()
    return path


def make(path):
    def openssl(*words):
        run(["openssl", *words], 60, dict(os.environ), cwd=path)

    def write(name, text):
        with open(os.path.join(path, name), "w", encoding="ascii") as file:
            file.write(text)

    def keystore(name, *words):
        openssl("pkcs12", "-export", *words, "-out", name, "-passout", f"pass:{PASSWORD}")

    write("authority.cnf", AUTHORITY)
    write("garbage", "this is no certificate\n")
    for name in ("ca", "other"):
        words = ["-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.pem"]
        openssl("req", "-x509", *words, "-days", "3650", "-subj", f"/CN={name}")
    for name, (authority, subject, names, begin, end) in CERTIFICATES.items():
        write("index", "")
        write("serial", f"{len(name):02x}{sum(name.encode()):04x}\n")
        write("extensions", f"subjectAltName={names}\n")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={subject}")
        words = ["-config", "authority.cnf", "-cert", f"{authority}.pem", "-keyfile", f"{authority}.key", "-extfile", "extensions"]
        openssl("ca", "-batch", "-notext", *words, "-in", f"{name}.csr", "-out", f"{name}.pem", "-startdate", begin, "-enddate", end)
    write("index", "")
    words = ["-config", "authority.cnf", "-cert", "ca.pem", "-keyfile", "ca.key"]
    openssl("ca", *words, "-revoke", "revoked.pem")
    openssl("ca", *words, "-gencrl", "-crldays", "3650", "-out", "ca.crl")
    os.makedirs(os.path.join(path, "trusted"))
    shutil.copy(os.path.join(path, "ca.pem"), os.path.join(path, "trusted"))
    openssl("rehash", "trusted")
    openssl("rsa", "-aes256", "-passout", f"pass:{PASSWORD}", "-in", "client.key", "-out", "client.encrypted.key")
    for name in ("client", "stranger"):
        keystore(f"{name}.p12", "-in", f"{name}.pem", "-inkey", f"{name}.key")
    keystore("certificate.p12", "-nokeys", "-in", "client.pem")
    keystore("ca.p12", "-nokeys", "-in", "ca.pem")
    for name in ("client", "ca"):
        openssl("x509", "-in", f"{name}.pem", "-outform", "DER", "-out", f"{name}.der")
    openssl("pkcs8", "-topk8", "-outform", "DER", "-in", "client.key", "-out", "client.key.der", "-passout", f"pass:{PASSWORD}")
    keystore("client.whole.p12", "-in", "client.pem", "-inkey", "client.key", "-certfile", "ca.pem")
    for name in ("ca", "other"):
        with open(os.path.join(path, f"{name}.pem"), encoding="ascii") as file, open(os.path.join(path, "all.pem"), "a", encoding="ascii") as out:
            out.write(file.read())
    openssl("pkcs8", "-topk8", "-nocrypt", "-in", "client.key", "-outform", "der", "-out", "client.plain.der")
    with open(os.path.join(path, "several.pem"), "wb") as several:
        for name in ("ca.pem", "client.key", "other.pem"):
            with open(os.path.join(path, name), "rb") as part:
                several.write(part.read())
