"""A Kerberos realm of the test's own: MIT's KDC in the test's folder, with its own configuration, port and tickets."""

import os
import shutil
import signal
import socket

from . import brokers
from .base import Service, check, run, work

REALM = "TEST.LOCAL"
# No look-up of anything by name: the test must not depend on the machine's DNS.
CONFIGURATION = """[libdefaults]
default_realm = {realm}
dns_lookup_kdc = false
dns_lookup_realm = false
dns_canonicalize_hostname = false
rdns = false
udp_preference_limit = 1
ticket_lifetime = {life}
renew_lifetime = {life}
[realms]
{realm} = {{
  kdc = 127.0.0.1:{port}
}}
[domain_realm]
127.0.0.1 = {realm}
localhost = {realm}
"""
KDC_CONFIGURATION = """[kdcdefaults]
kdc_listen = 127.0.0.1:{port}
kdc_tcp_listen = 127.0.0.1:{port}
[realms]
{realm} = {{
  database_name = {folder}/principal
  key_stash_file = {folder}/stash
  acl_file = {folder}/acl
  max_life = 1d
  max_renewable_life = 1d
}}
[logging]
kdc = FILE:{folder}/kdc.log
"""


class Realm:
    """`life`: how long tickets are good for, as krb5.conf writes it."""

    def __init__(self, name="realm", life="1h"):
        for program, package in (("krb5kdc", "krb5-kdc"), ("kdb5_util", "krb5-kdc"), ("kinit", "krb5-user")):
            check(self.program(program), f"{program} is not installed (apt-get install {package})")
        self.folder = work(name)
        os.makedirs(self.folder, exist_ok=True)
        self.port = brokers.free_port()
        self.configuration = os.path.join(self.folder, "krb5.conf")
        self.keytab = os.path.join(self.folder, "keytab")
        self.tickets = os.path.join(self.folder, "tickets")
        names = {"realm": REALM, "port": self.port, "folder": self.folder, "life": life}
        for path, text in ((self.configuration, CONFIGURATION), (self.path("kdc.conf"), KDC_CONFIGURATION)):
            with open(path, "w", encoding="utf-8") as file:
                file.write(text.format(**names))
        self.service = None
        self.tool("kdb5_util", "create", "-s", "-P", "master", "-r", REALM)

    def path(self, name):
        return os.path.join(self.folder, name)

    @staticmethod
    def program(name):
        return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")

    def environment(self, base=None):
        """What makes a process belong to this realm."""
        own = {"KRB5_CONFIG": self.configuration, "KRB5_KDC_PROFILE": self.path("kdc.conf")}
        own["KRB5CCNAME"] = f"FILE:{self.tickets}"
        own["KRB5RCACHETYPE"] = "none"
        return dict(os.environ if base is None else base, **own)

    def tool(self, name, *arguments):
        return run([self.program(name), *arguments], 20, self.environment())

    def add(self, principal):
        """A principal with a random key, which goes to the keytab."""
        for query in (f"addprinc -randkey {principal}", f"ktadd -k {self.keytab} {principal}"):
            self.tool("kadmin.local", "-r", REALM, "-q", query)

    def kinit(self, principal, *options):
        self.tool("kinit", "-k", "-t", self.keytab, *options, principal)

    def kdestroy(self):
        self.tool("kdestroy", "-q")

    def start(self):
        argv = [self.program("krb5kdc"), "-n", "-r", REALM]
        self.service = Service(argv, brokers.log_path("kdc"), self.environment())
        self.service.wait_for(lambda _: self.answers(), 20, "listening socket")

    def answers(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self):
        self.service.kill()

    def signal(self, number):
        self.service.process.send_signal(number)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.signal(signal.SIGCONT)
        self.service.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
