"""Apache Kafka with listeners that want to know who connects: each mechanism and engine, and what goes wrong with Kerberos.

The Kerberos realm is the test's own (`kerberos.py`).
"""

import contextlib
import os
import re
import signal

from . import brokers, certificates, compiled, engines
from .base import Service, check, run
from .kafka import LINES, Listener, Node, committed_transactions, jvm
from .kerberos import REALM, Realm
from .outage import Producing
from .roundtrip import check_exact, input_lines

# 50,000 in `make check-kafka`, 5,000 in `make check`.
MESSAGES = LINES // 20
TRANSACTIONS = LINES // 4000
SERVICE = "kafka/127.0.0.1"
CLIENT = "kafkaclient"
USER, PASSWORD = "alice", "wonderland"
MODULE = "org.apache.kafka.common.security"
# How long a connection may be used before it has to authenticate again, on the listener where it has to.
SESSION_MS = 2000
MECHANISMS = {
    "PLAIN": {"sasl.username": USER, "sasl.password": PASSWORD},
    "SCRAM-SHA-256": {"sasl.username": USER, "sasl.password": PASSWORD},
    "SCRAM-SHA-512": {"sasl.username": USER, "sasl.password": PASSWORD},
    "OAUTHBEARER": {"enable.sasl.oauthbearer.unsecure.jwt": "true", "sasl.oauthbearer.config": f"principal={USER}"},
    "GSSAPI": {},
}


def sasl_listener(name, protocol, realm, **more):
    """A listener that takes every mechanism."""
    jaas = {
        "plain": f'{MODULE}.plain.PlainLoginModule required user_{USER}="{PASSWORD}";',
        "scram-sha-256": f"{MODULE}.scram.ScramLoginModule required;",
        "scram-sha-512": f"{MODULE}.scram.ScramLoginModule required;",
        "oauthbearer": f"{MODULE}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub=broker;",
        "gssapi": "com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true storeKey=true doNotPrompt=true "
        f'keyTab="{realm.keytab}" principal="{SERVICE}@{REALM}";',
    }
    listener = Listener(name, protocol, sasl_enabled_mechanisms=",".join(MECHANISMS), sasl_kerberos_service_name="kafka", **more)
    for mechanism, text in jaas.items():
        listener.properties[f"{mechanism}.sasl.jaas.config"] = text
    return listener


def tls(folder, keystore, **more):
    """What a listener needs for TLS, with clients' certificates or without."""
    conf = {"ssl_keystore_type": "PEM", "ssl_keystore_location": keystore, "ssl_truststore_type": "PEM", **more}
    return dict(conf, ssl_truststore_location=os.path.join(folder, "ca.pem"))


def keystore_of(folder, target):
    """Key and certificate in one file, as Kafka wants them."""
    with open(target, "wb") as out:
        for name in ("server.key", "server.pem"):
            with open(os.path.join(folder, name), "rb") as file:
                out.write(file.read())
    return target


@contextlib.contextmanager
def secured(name):
    """A node and its realm. Returns (node, realm, listeners by name)."""
    folder = certificates.folder()
    with Realm() as realm:
        for principal in (SERVICE, CLIENT):
            realm.add(principal)
        keystore = keystore_of(folder, realm.path("server.keystore"))
        listeners = [
            sasl_listener("SASL", "SASL_PLAINTEXT", realm),
            sasl_listener("RENEWED", "SASL_PLAINTEXT", realm, connections_max_reauth_ms=SESSION_MS),
            sasl_listener("SECURE", "SASL_SSL", realm, **tls(folder, keystore)),
            Listener("TLS", "SSL", **tls(folder, keystore)),
            Listener("MUTUAL", "SSL", **tls(folder, keystore, ssl_client_auth="required")),
        ]
        # Kafka's own Kerberos code asks about host names unless it is told where everything is.
        java = jvm(f"-Djava.security.krb5.conf={realm.configuration}")
        users = []
        for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512"):
            users += ["--add-scram", f"{mechanism}=[name={USER},password={PASSWORD}]"]
        node = Node(name, listeners=listeners, format_options=users, java=java)
        with node:
            yield node, realm, {listener.name: listener for listener in listeners}


TLS = {"ssl.ca.location": "ca.pem"}
MUTUAL = {**TLS, "ssl.certificate.location": "client.pem", "ssl.key.location": "client.key"}


def encrypted(protocol, files):
    """The `-X` arguments of a client without SASL."""
    conf = {key: os.path.join(certificates.folder(), name) for key, name in files.items()}
    return [word for key, value in {"security.protocol": protocol, **conf}.items() for word in ("-X", f"{key}={value}")]


def options(mechanism, realm, protocol="sasl_plaintext", **more):
    """The `-X` arguments of a client. `more`: further properties, underscores in place of dots; None: not set."""
    conf = {"security.protocol": protocol, "sasl.mechanism": mechanism, **MECHANISMS[mechanism]}
    if mechanism == "GSSAPI":
        conf["sasl.kerberos.keytab"] = realm.keytab
        conf["sasl.kerberos.principal"] = CLIENT
    conf.update({key.replace("_", "."): value for key, value in more.items()})
    return [word for key, value in conf.items() if value is not None for word in ("-X", f"{key}={value}")]


class InRealm:
    """The libraries, for programs that belong to a realm."""

    def __init__(self, libraries, realm):
        self.libraries, self.realm = libraries, realm

    def on(self, test_conf):
        return InRealm(self.libraries.on(test_conf), self.realm)

    def __getattr__(self, name):
        return getattr(self.libraries, name)

    def environment(self, which="ours", extra=None):
        return self.realm.environment(self.libraries.environment(which, extra))


def produce(libraries, node, listener, name, arguments):
    """Idempotent producers on both engines, each with a topic of its own: everything is there once and byte-identical."""
    rows = input_lines(MESSAGES)
    for setting in ("legacy", "v2"):
        topic = f"{name.lower()}-{setting}"
        argv = ["-X", "enable.idempotence=true", "-X", "compression.codec=lz4", *arguments]
        on_setting = libraries.on(engines.SETTINGS[setting])
        with Producing(on_setting, listener.address, rows, topic, argv, topic) as producing:
            _, reports = producing.finish(120)
        log = brokers.read_back(node.address, topic, libraries.environment("system"))
        check_exact(rows, reports, log)


def sasl_plaintext(libraries):
    with secured("sasl") as (node, realm, listeners):
        for mechanism in MECHANISMS:
            produce(InRealm(libraries, realm), node, listeners["SASL"], mechanism, options(mechanism, realm))


def encrypted_connections(libraries):
    """TLS, mutual TLS, and every mechanism over TLS; at last transactions."""
    with secured("tls") as (node, realm, listeners):
        in_realm = InRealm(libraries, realm)
        produce(in_realm, node, listeners["TLS"], "tls", encrypted("ssl", TLS))
        produce(in_realm, node, listeners["MUTUAL"], "mutual", encrypted("ssl", MUTUAL))
        for mechanism in MECHANISMS:
            arguments = encrypted("sasl_ssl", TLS) + options(mechanism, realm, "sasl_ssl")
            produce(in_realm, node, listeners["SECURE"], mechanism, arguments)
        arguments = encrypted("sasl_ssl", TLS) + options("SCRAM-SHA-512", realm, "sasl_ssl")
        committed_transactions(libraries.on(",".join(arguments[1::2])), listeners["SECURE"].address, node.address, TRANSACTIONS)


class Watched:
    """capi-tests/kerberos.c: a producer that goes on and on, and says what it hears."""

    def __init__(self, libraries, realm, address, name, **conf):
        argv = [compiled.tool("kerberos", libraries), address, *options("GSSAPI", realm, **conf)]
        environment = InRealm(libraries, realm).environment("ours")
        self.service = Service(argv, brokers.log_path(name), environment)

    def hears(self, text, limit=60):
        """Returns what was written up to then."""
        return self.service.wait_for(lambda output: output if text in output else None, limit, repr(text))

    def cannot_begin(self, why):
        """Waits until the application hears that there is no token."""
        found = [line for line in self.hears(NO_TICKET + why).splitlines() if line.startswith("error ") and why in line]
        check(all(line.startswith("error _AUTHENTICATION ") for line in found), f"another code: {found}")

    def delivers(self, more=50):
        """Waits until so many more messages are delivered."""
        wanted = self.delivered() + more
        self.service.wait_for(lambda _: self.delivered() >= wanted, 60, f"{wanted} messages")

    def delivered(self):
        return self.service.output().count("delivered ")

    def seconds(self):
        """How long the producer has been running, by its own word."""
        return max((float(line.split()[1]) for line in self.service.output().splitlines() if line.startswith("seconds ")), default=0)

    def count(self, text):
        return self.service.output().count(text)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.service.process.send_signal(signal.SIGTERM)
        self.service.process.wait(60)
        self.service.kill()


NO_TICKET = "Failed to initialize SASL authentication: SASL handshake failed (start (-1)): SASL(-1): generic failure: GSSAPI Error: "


# What a client is told that cannot log in, by configuration.
REFUSALS = {
    "no keytab": {"sasl_kerberos_keytab": None},
    "unknown variable": {"sasl_kerberos_kinit_cmd": "kinit %{broker.name}"},
    "variable without an end": {"sasl_kerberos_kinit_cmd": "%{client.id} kinit %{client.id"},
    "no ticket": {"sasl_kerberos_min_time_before_relogin": "0"},
    "kinit fails": {"sasl_kerberos_kinit_cmd": "exit 3"},
    "kinit is killed": {"sasl_kerberos_kinit_cmd": "kill -9 $$"},
    "no such service": {"sasl_kerberos_service_name": "other"},
}


def same_as_librdkafka(libraries, realm, address):
    """The same refusals in the same words as Debian's librdkafka, which has GSSAPI from Cyrus SASL."""
    for name, conf in REFUSALS.items():
        realm.kdestroy()
        said = {which: refusal(InRealm(libraries, realm), which, address, conf) for which in ("ours", "system")}
        check(said["ours"] == said["system"], f"{name}: {said['ours']}, librdkafka: {said['system']}")
        check(said["ours"], f"{name}: nothing was said")


def refusal(libraries, which, address, conf):
    """What error_cb and the log say of it, without what differs from run to run."""
    conf = options("GSSAPI", libraries.realm, log_thread_name="false", **conf)
    argv = [compiled.tool("kerberos", libraries), address, "--until-refused", *conf]
    _, out, err = run(argv, 60, libraries.environment(which), ok=(0, 1))
    told = ("error _AUTHENTICATION", "log 3 SASLREFRESH", "log 4 SASLREFRESH")
    lines = [line for line in out.decode().splitlines() if line.startswith(told)]
    lines += [line for line in err.decode().splitlines() if "rd_kafka_new: " in line]
    return sorted(re.sub(r"after [0-9]+ms", "after N", line) for line in lines)


def kerberos(libraries):
    """What goes wrong with tickets, in librdkafka's words, and that everything queued is delivered when the cause is mended."""
    with secured("kerberos") as (_, realm, listeners):
        address = listeners["SASL"].address
        same_as_librdkafka(libraries, realm, address)
        no_ticket(libraries, realm, address)
        wrong_names(libraries, realm, address)
        ticket_expires(libraries, realm, listeners["RENEWED"].address)
        server_is_down(libraries, realm, address)


def no_ticket(libraries, realm, address):
    """Nobody fetches a ticket; then somebody does."""
    realm.kdestroy()
    with Watched(libraries, realm, address, "no-ticket", sasl_kerberos_min_time_before_relogin="0") as producer:
        producer.cannot_begin("No credentials were supplied, or the credentials were unavailable or inaccessible (No Kerberos")
        check(producer.count("kinit") == 0, "kinit was run")
        realm.kinit(CLIENT)
        producer.delivers()


def wrong_names(libraries, realm, address):
    """Of the service, and of the client: kinit fails, and an older ticket is used all the same, as in librdkafka."""
    with Watched(libraries, realm, address, "wrong-service", sasl_kerberos_service_name="other") as producer:
        why = f"Minor code may provide more information (Server other/127.0.0.1@{REALM} not found in Kerberos database)"
        producer.cannot_begin(f"Unspecified GSS failure.  {why}")
    realm.kdestroy()
    with Watched(libraries, realm, address, "wrong-client", sasl_kerberos_principal="nobody") as producer:
        producer.hears("-k nobody: exited with code 1")
        producer.cannot_begin("No credentials were supplied")
        realm.kinit(CLIENT)
        producer.delivers()


def ticket_expires(libraries, realm, address):
    """Tickets last three seconds and sessions two, kinit is run every second: nobody notices. Without kinit there is an end."""
    life = f'kinit -l 3s -t "{realm.keytab}" -k %{{sasl.kerberos.principal}}'
    conf = {"sasl_kerberos_kinit_cmd": life, "sasl_kerberos_min_time_before_relogin": "1000", "debug": "security,broker"}
    with Watched(libraries, realm, address, "relogin", **conf) as producer:
        while producer.count("Kerberos ticket refreshed in") < 6:
            producer.delivers()
        check(producer.count("error ") == 0, "the application heard of something")
        # The session ends every two seconds, and was renewed each time on the one connection that there is.
        check(producer.count("UP -> REAUTH") >= 2, "the session was not renewed")
        check(producer.count("APIVERSION_QUERY -> AUTH_HANDSHAKE") == 1, "there was more than one connection")
    with Watched(libraries, realm, address, "expired", sasl_kerberos_min_time_before_relogin="0") as producer:
        producer.cannot_begin("Unspecified GSS failure.  Minor code may provide more information (Ticket expired)")
        realm.kinit(CLIENT)
        producer.delivers()


def server_is_down(libraries, realm, address):
    """No ticket server, for a client that has no ticket of the broker's yet: it tries again and again, ever more slowly, and heals."""
    realm.kdestroy()
    realm.kinit(CLIENT)
    realm.kill()
    conf = {"sasl_kerberos_min_time_before_relogin": "2000", "debug": "broker"}
    conf.update(reconnect_backoff_ms="1000", reconnect_backoff_max_ms="2000")
    with Watched(libraries, realm, address, "server-down", **conf) as producer:
        producer.hears("exited with code 1")
        for attempts in (1, 2, 3):
            # The application is not told of the same error again and again.
            failed = lambda _, n=attempts: producer.count("AUTH_REQ -> DOWN") >= n
            producer.service.wait_for(failed, 60, f"attempt {attempts}")
        # A second lies between two attempts, give or take a quarter.
        check(producer.seconds() > 1.5, f"three attempts in {producer.seconds()} s")
        realm.start()
        producer.delivers()


TESTS = [
    ("kafka:sasl", sasl_plaintext),
    ("kafka:tls", encrypted_connections),
    ("kafka:kerberos", kerberos),
]
