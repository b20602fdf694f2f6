"""A picture of rdkafka-top in a terminal, as SVG:
`screenshot.py [--program FILE] [--keys KEY...] [--until REGEX] [--size COLUMNSxROWS] -- OUT.svg ARGUMENT...`.

Runs rdkafka-top with the arguments in tmux, presses the keys, waits until the screen has the text, and draws what the terminal
shows: text, colours, bold, reverse.
"""

import argparse
import os
import re
import subprocess
import tempfile
import time
from xml.sax.saxutils import escape

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(HERE, "..", "..", "build", "rdkafka-top")
# The terminal's sixteen colours.
COLOURS = ["#1d1f21", "#cc6666", "#8abf5e", "#d9a94a", "#6a9fd8", "#b294bb", "#5fb3b3", "#c5c8c6",
           "#808488", "#e88080", "#a6d980", "#f0c674", "#8ab8e8", "#ceb0d8", "#84d0d0", "#ffffff"]  # fmt: skip
BACKGROUND, TEXT = COLOURS[0], COLOURS[7]
WIDTH, HEIGHT, SIZE, MARGIN = 7.8, 17, 13, 12  # of a character, its font, and around the screen


PATIENCE_S = 120


def capture(command, keys, until, columns, rows):
    """The screen's lines, with escape sequences."""
    with tempfile.TemporaryDirectory() as folder:
        tmux = ["tmux", "-S", os.path.join(folder, "tmux")]
        environment = {k: v for k, v in os.environ.items() if k != "TMUX"} | {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}

        def run(*argv):
            return subprocess.run([*tmux, *argv], env=environment, check=True, capture_output=True, text=True).stdout

        def wait_for(pattern):
            give_up = time.monotonic() + PATIENCE_S
            while not re.search(pattern, run("capture-pane", "-p")):
                if time.monotonic() > give_up:
                    raise SystemExit(f"nothing like {pattern} on the screen:\n{run('capture-pane', '-p')}")
                time.sleep(0.05)

        run("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows), *command)
        try:
            wait_for("q quit")
            for key in keys:
                run("send-keys", key)
            wait_for(until)
            return run("capture-pane", "-e", "-p").rstrip("\n").split("\n")
        finally:
            run("kill-server")


class Style:
    def __init__(self):
        self.set([0])

    def set(self, codes):
        codes = list(codes)
        while codes:
            code = codes.pop(0)
            if code == 0:
                self.colour = self.ground = None
                self.bold = self.dim = self.reverse = self.underlined = False
            elif code in (1, 2, 4, 7):
                setattr(self, {1: "bold", 2: "dim", 4: "underlined", 7: "reverse"}[code], True)
            elif code == 22:
                self.bold = self.dim = False
            elif code in (24, 27):
                setattr(self, {24: "underlined", 27: "reverse"}[code], False)
            elif code in (38, 48) and codes[:1] == [5]:
                setattr(self, "colour" if code == 38 else "ground", COLOURS[codes[1] % 16])
                del codes[:2]
            elif 30 <= code <= 37 or 90 <= code <= 97:
                self.colour = COLOURS[code - 30 if code < 40 else code - 82]
            elif 40 <= code <= 47 or 100 <= code <= 107:
                self.ground = COLOURS[code - 40 if code < 50 else code - 92]
            elif code in (39, 49):
                setattr(self, "colour" if code == 39 else "ground", None)

    def colours(self):
        colour, ground = self.colour or TEXT, self.ground
        return (ground or BACKGROUND, colour) if self.reverse else (colour, ground)


def spans(line, style):
    """(text, what a span looks like) of one line; the style goes on from line to line."""
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        if part.startswith("\x1b"):
            style.set([int(code or 0) for code in part[2:-1].split(";")])
        elif part:
            colour, ground = style.colours()
            attributes = f'fill="{colour}"' + ' font-weight="bold"' * style.bold + ' opacity="0.6"' * style.dim
            yield part, attributes + ' text-decoration="underline"' * style.underlined, ground


def draw(lines, columns):
    width, height = round(columns * WIDTH + 2 * MARGIN), round(len(lines) * HEIGHT + 2 * MARGIN)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
           f'<rect width="100%" height="100%" rx="6" fill="{BACKGROUND}"/>',
           f'<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="{SIZE}" xml:space="preserve">']  # fmt: skip
    style = Style()
    for row, line in enumerate(lines):
        column = 0
        for text, attributes, ground in spans(line, style):
            x, y, length = MARGIN + column * WIDTH, MARGIN + row * HEIGHT, len(text) * WIDTH
            if ground:
                out.append(f'<rect x="{x:.1f}" y="{y}" width="{length:.1f}" height="{HEIGHT}" fill="{ground}"/>')
            if text.strip():
                # Each font has its own width of a character: the length says which it is to be.
                out.append(f'<text x="{x:.1f}" y="{y + SIZE}" textLength="{length:.1f}" {attributes}>{escape(text)}</text>')
            column += len(text)
    return "\n".join([*out, "</g>", "</svg>", ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out")
    parser.add_argument("--program", default=PROGRAM)
    parser.add_argument("--keys", nargs="*", default=[])
    parser.add_argument("--until", default=r"\d+ rows")
    parser.add_argument("--size", default="150x16")
    parser.add_argument("arguments", nargs="*")
    options = parser.parse_args()
    columns, rows = map(int, options.size.split("x"))
    with open(options.out, "w", encoding="utf-8") as file:
        file.write(draw(capture([options.program, *options.arguments], options.keys, options.until, columns, rows), columns))


if __name__ == "__main__":
    main()
