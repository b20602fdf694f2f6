"""rdkafka-top (tools/rdkafka-top) on the statistics of both libraries, and `statistics.sink`, by which ours sends them to it."""

import contextlib
import itertools
import os
import re
import shutil
import signal
import socket
import sys
import time
import xml.etree.ElementTree

from . import compiled
from .base import ROOT, Failed, Limit, Service, check, patience, run, work

SCREENSHOT = os.path.join(ROOT, "tools", "rdkafka-top", "screenshot.py")

WRONG = [["--what"], ["--view", "all"], ["--listen", "x"], ["--plot"], ["a", "b"], ["/nonexistent"], ["--plot", "x", "--once"]]


def binary(libraries):
    path = os.path.join(libraries.target, "top", "release", "rdkafka-top")
    check(os.path.exists(path), f"{path} is not built (make top)")
    return path


def top(libraries, *arguments, stdin=b""):
    return run([binary(libraries), *arguments], 20, stdin=stdin)[1].decode()


def documents(libraries, which, *arguments):
    """The statistics of clients in many states, a line each."""
    out = run([compiled.tool("statistics_states", libraries), *arguments], 120, libraries.environment(which))[1]
    return b"".join(line.split(b"\t", 1)[1] for line in out.splitlines(keepends=True))


def command_line(libraries):
    told = top(libraries, "--help")
    known = set(re.findall(r"^  (--[a-z-]+)", told, re.M))
    check({"--listen", "--once", "--record", "--plot", "--view", "--sort", "--filter"} <= known, f"--help: {known}")
    for arguments in WRONG:
        code, out, err = run([binary(libraries), *arguments], 20, ok=None)
        check(code == 2 and not out, f"{arguments}: {code}, {out}")
        check(err.startswith(b"rdkafka-top: ") and err.count(b"\n") == 1, f"{arguments}: {err}")
    code, _, err = run([binary(libraries), "--once"], 20, ok=None, stdin=b"nothing\n")
    check(code == 2 and b"no statistics" in err, f"{code}, {err}")


def expect(text, *patterns):
    for pattern in patterns:
        check(re.search(pattern, text, re.M), f"nothing like {pattern!r} in\n{text}")


def tables(libraries):
    """The same figures of both libraries, from standard input and from a file; sorted, filtered and drawn."""
    for which in ("ours", "reference"):
        recording = work(f"{which}.json")
        with open(recording, "wb") as file:
            file.write(b"not a document\n" + documents(libraries, which))
        out = top(libraries, "--once", recording)
        expect(out, r"^CLIENT +STATE +QUEUE ", r"^rdkafka#consumer-4 +consumer .* 30 +\d+$", r"^rdkafka#producer-5 +fatal: ", r"^a text#producer-3 ")
        expect(out, r"^rdkafka#producer-6 +Ready ", r"^rdkafka#producer-2 +no broker +6 +30 B ")
        out = top(libraries, "--once", "--view", "partitions", "--filter", "consumer-4", "--sort", "LAG", recording)
        expect(out, r"^CLIENT .* LAG\nrdkafka#consumer-4 +t +0 .* active .* 30\n")
        check(len(out.splitlines()) >= 4, out)
        out = top(libraries, "--once", "--view", "brokers", "--filter", "up", "--rows", "2", recording)
        check(len(out.splitlines()) == 3, out)
        with open(recording, "rb") as file:
            again = top(libraries, "--once", "--view", "brokers", "--filter", "up", "--rows", "2", stdin=file.read())
        check(out == again, "standard input says something else")
        picture = work(f"{which}.svg")
        top(libraries, "--plot", picture, recording)
        root = xml.etree.ElementTree.parse(picture).getroot()
        lines = [line for line in root.iter() if line.tag.endswith("polyline") and line.get("points")]
        check(len(lines) >= 8, f"{len(lines)} lines are drawn")


def socket_of(name):
    """A short path: a socket's has little space."""
    return os.path.join("/tmp", f"rdkafka-top-{os.getpid()}-{name}")


def listens(path):
    """Whether connections are taken: the path is there a moment before."""
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(path) == 0


@contextlib.contextmanager
def listener(libraries, name, *arguments):
    path = socket_of(name)
    service = Service([binary(libraries), "--listen", f"unix:{path}", *arguments], work("log", name))
    try:
        service.wait_for(lambda _: listens(path), 20, "listener")
        yield service, f"unix:{path}"
    finally:
        service.kill()
        with contextlib.suppress(FileNotFoundError):
            os.remove(path)


def sink(libraries):
    """What the callback gets arrives at the socket, of each client; who ends, is missing or takes nothing harms nobody."""
    record = work("record")
    with listener(libraries, "record", "--record", record) as (service, address):
        given = documents(libraries, "ours", address).splitlines()
        clock = Limit(20)
        while True:
            with open(record, "rb") as file:
                kept = {line.split(b" ", 1)[1] for line in file.read().splitlines()}
            if kept >= set(given) or clock.is_over():
                break
            time.sleep(0.05)
        missing = [line[:80] for line in given if line not in kept]
        check(not missing and len(kept) > len(given), f"{len(kept)} documents came, without {missing}")
        check(service.process.poll() is None, "rdkafka-top has ended")
    out = top(libraries, "--once", "--view", "clients", record)
    expect(out, r"^rdkafka#consumer-4 +consumer ", r"^rdkafka#producer-5 +fatal")
    # It ends after two documents, in the middle of the program.
    with listener(libraries, "once", "--once") as (service, address):
        check(len(documents(libraries, "ours", address).splitlines()) == len(given), "documents")
        check(service.process.wait(patience(20)) == 0, "rdkafka-top --once")
        expect(service.output(), r"^CLIENT ", r"^rdkafka#")
    check(len(documents(libraries, "ours", f"unix:{socket_of('nobody')}").splitlines()) == len(given), "nobody listens")
    late = work("late")
    with listener(libraries, "stopped", "--record", late) as (service, address):
        service.process.send_signal(signal.SIGSTOP)
        check(len(documents(libraries, "ours", address).splitlines()) == len(given), "nobody reads")
        service.process.send_signal(signal.SIGCONT)
        service.wait_for(lambda _: os.path.getsize(late) > 0, 20, "document")


class Terminal:
    """A terminal of tmux, with a program in it. Its server has a socket that none before had: a server that was told to end takes a
    while, and refuses whoever comes meanwhile."""

    started = itertools.count()

    def __init__(self, *argv):
        check(shutil.which("tmux"), "tmux is not installed (apt-get install tmux)")
        self.socket = socket_of(f"tmux-{next(self.started)}")
        environment = {k: v for k, v in os.environ.items() if not k.startswith("TMUX")} | {"TERM": "xterm", "LC_ALL": "C.UTF-8"}
        self.environment = environment
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", "200", "-y", "24", *argv)

    def tmux(self, *argv, ok=(0,)):
        return run(["tmux", "-S", self.socket, *argv], 20, self.environment, ok=ok)

    def screen(self):
        return self.tmux("capture-pane", "-p")[1].decode()

    def wait_for(self, *patterns):
        """Until the screen has all of these."""
        clock = Limit(30)
        while True:
            screen = self.screen()
            missing = [pattern for pattern in patterns if not re.search(pattern, screen, re.M)]
            if not missing:
                return screen
            if clock.is_over():
                raise Failed(f"nothing like {missing} on the screen:\n{screen}")
            time.sleep(0.05)

    def press(self, *keys):
        self.tmux("send-keys", *keys)

    def has_ended(self):
        return self.tmux("has-session", ok=None)[0] != 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.tmux("kill-server", ok=None)
        with contextlib.suppress(FileNotFoundError):
            os.remove(self.socket)


def terminal(libraries):
    """In a terminal: the table, what keys do to it, and a file that grows."""
    recording = work("growing.json")
    lines = documents(libraries, "ours").splitlines(keepends=True)
    with open(recording, "wb") as file:
        file.writelines(lines[:1])
    with Terminal(binary(libraries), recording) as screen:
        screen.wait_for(r"^rdkafka-top  1 client ", r"^CLIENT +STATE ", r"^rdkafka#producer-1 +no broker ", r"^1 rows +q quit")
        with open(recording, "ab") as file:
            file.writelines(lines[1:])
        screen.wait_for(r"^rdkafka-top  6 clients ", r"^rdkafka#producer-5 +fatal: ")
        screen.press(">", ">", ">")
        screen.wait_for(r"by QUEUE, largest first", r"QUEUE.*\nrdkafka#producer-2 ")
        screen.press("r")
        screen.wait_for(r"by QUEUE, smallest first", r"QUEUE.*\n(?!rdkafka#producer-2 )")
        screen.press("/", "c", "o", "n", "s", "u", "m")
        screen.wait_for(r"^filter: consum_", r"MSG/S.*\nrdkafka#consumer-4 ")
        screen.press("Enter")
        screen.wait_for(r"^1 rows .*with \"consum\"")
        screen.press("4")
        screen.wait_for(r"^CLIENT +TOPIC +PART ", r"^rdkafka#consumer-4 +t +0 +1 +active ")
        screen.press("Escape")
        screen.wait_for(r"^a text#producer-3 +t ", r"^\d+ rows  by")
        check(not screen.has_ended(), "it ended too soon")
        screen.press("q")
        clock = Limit(20)
        while not screen.has_ended():
            check(not clock.is_over(), "q does not end it")
            time.sleep(0.05)


def drawn(libraries):
    """The documentation's pictures of a terminal (tools/rdkafka-top/screenshot.py) show what the terminal does."""
    recording, picture = work("drawn.json"), work("drawn.svg")
    with open(recording, "wb") as file:
        file.write(documents(libraries, "ours"))
    keys = ["2", "/", "u", "p", "Enter"]
    program = [sys.executable, SCREENSHOT, "--program", binary(libraries)]
    run([*program, "--keys", *keys, "--until", r"rows +with \"up\"", "--", picture, recording], 60)
    root = xml.etree.ElementTree.parse(picture).getroot()
    said = [(text.text, text.get("font-weight")) for text in root.iter() if text.tag.endswith("text")]
    shown = "\n".join(text for text, _ in said)
    expect(shown, r"^rdkafka-top  6 clients ", r" with \"up\"", r"^rdkafka#producer-5 .* UP ")
    check(any(text.startswith("CLIENT ") and weight == "bold" for text, weight in said), shown)
    # The view that is shown stands on a light ground.
    check(any(rect.get("fill") == "#c5c8c6" for rect in root.iter() if rect.tag.endswith("rect")), "nothing is reversed")


def hung_up(libraries):
    """It ends with its terminal, whether or not the signal comes through, and so does its socket."""
    path = socket_of("hung-up")
    with Terminal(binary(libraries), "--listen", f"unix:{path}") as screen:
        screen.wait_for(r"^rdkafka-top  0 clients")
        pid = int(screen.tmux("display-message", "-p", "#{pane_pid}")[1])
        os.kill(pid, 0)
    clock = Limit(20)
    while os.path.exists(f"/proc/{pid}"):
        if clock.is_over():
            os.kill(pid, signal.SIGKILL)
            raise Failed("it goes on without a terminal")
        time.sleep(0.05)
    check(not os.path.exists(path), "its socket is still there")


def signalled(libraries):
    """A signal ends it, and the terminal is as it was."""
    recording = work("one.json")
    with open(recording, "wb") as file:
        file.writelines(documents(libraries, "ours").splitlines(keepends=True)[:1])
    for name in ("TERM", "HUP", "INT"):
        script = 'sh -c \'echo $$ > "$1.pid"; exec "$0" "$1"\' "$1" "$2"; stty -a; read end'
        with Terminal("sh", "-c", script, "sh", binary(libraries), recording) as screen:
            screen.wait_for(r"^rdkafka-top  1 client ")
            with open(f"{recording}.pid", encoding="ascii") as file:
                os.kill(int(file.read()), getattr(signal, f"SIG{name}"))
            screen.wait_for(r"[ ;]icanon\b", r"[ ;]echo\b")


TESTS = [("top:command-line", command_line), ("top:tables", tables), ("top:sink", sink), ("top:terminal", terminal), ("top:drawn", drawn), ("top:signals", signalled), ("top:hung-up", hung_up)]
