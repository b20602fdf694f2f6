"""Pictures of what benchmarks have found: plot.py RESULTS.csv FOLDER

RESULTS.csv is what the benchmarks wrote with `--csv`. Each picture of PICTURES whose rows are in it is written into FOLDER.
"""

import html
import os
import re
import sys
from typing import NamedTuple

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import results  # noqa: E402

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 640, 320, 60, 250, 40
COLOURS = {"librdkafka": "#b0b0b0", "legacy": "#2f6f9f", "ours": "#2f6f9f", "v2": "#d9822b"}
NAMES = {"legacy": "legacy (default)"}


class Picture(NamedTuple):
    file: str
    benchmark: str
    figure: str
    rows: str  # a regular expression; its group is what a row is called in the picture
    title: str
    unit: str = ""


# At 10,000 librdkafka takes a hundred times as long, and nothing else could be made out.
PARTITIONS = r"100 B, (\d{1,4} partitions?)"
PICTURES = [
    Picture("cpu-per-message.svg", "bench", "cpu ns/msg", PARTITIONS, "CPU of the producing process per message of 100 bytes, ns"),
    Picture("requests.svg", "bench", "requests", PARTITIONS, "Requests for a million messages of 100 bytes"),
    Picture("memory.svg", "bench", "rss MiB", PARTITIONS, "Most resident memory while sending at full speed, MiB"),
    Picture("latency.svg", "paced", r"p[\d.]+ ms", "(.*)", "From produce to the report of its delivery, 10,000 messages/s, 1,000 partitions, ms"),
    Picture("consumer.svg", "consumer", "cpu ns/msg", "((?!.*gzip).*)", "CPU of the consuming process per message, ns"),
    Picture("kafka-node.svg", "kafka", "broker us/msg", r"(\d+ messages/s)", "CPU of the Kafka node per message of 100 bytes, µs"),
]


def groups(picture, found):
    """[(name, {client: value})] for a picture. With a figure that is a regular expression, each figure is a group of its own."""
    chosen = []
    for (benchmark, figure), rows in found.items():
        if benchmark == picture.benchmark and re.fullmatch(picture.figure, figure):
            for row, values in rows.items():
                if named := re.fullmatch(picture.rows, row):
                    chosen.append((figure.split()[0] if figure != picture.figure else named[1], values))
    return chosen


def text(x, y, words, anchor="middle", size=12):
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" font-size="{size}">{html.escape(words)}</text>'


def shown(value):
    """Three digits of it."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value >= 1 else f"{value:.2f}"


def bars(title, drawn, note):
    """A picture of `drawn`: [(name, {client: value})], with a line of small print."""
    clients = [client for client in COLOURS if any(client in values for _, values in drawn)]
    top = max(max(values.values()) for _, values in drawn) * 1.1
    height = lambda value: (BOTTOM - TOP) * value / top
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" fill="#333">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        text(WIDTH / 2, 18, f"{title} (less is better)", size=13),
    ]
    step = 10 ** (len(str(int(top))) - 1)
    for value in range(0, int(top) + 1, step):
        y = BOTTOM - height(value)
        out.append(f'<line x1="{LEFT}" x2="{WIDTH - 10}" y1="{y:.0f}" y2="{y:.0f}" stroke="#ddd"/>')
        out.append(text(LEFT - 6, y + 4, f"{value:,}", "end", 11))
    wide = (WIDTH - LEFT - 20) / len(drawn)
    bar = wide / (len(clients) + 1.5)
    for place, (name, values) in enumerate(drawn):
        x = LEFT + place * wide + bar * 0.75
        for client in clients:
            if client in values:
                y = BOTTOM - height(values[client])
                out.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{bar:.1f}" height="{height(values[client]):.1f}" fill="{COLOURS[client]}"/>')
                out.append(text(x + bar / 2, y - 4, shown(values[client]), size=10 if len(drawn) < 6 else 8))
            x += bar
        out.append(text(LEFT + (place + 0.5) * wide, BOTTOM + 16, name, size=12 if len(drawn) < 6 else 8))
    x = LEFT + 60
    for client in clients:
        out.append(f'<rect x="{x}" y="{BOTTOM + 28}" width="12" height="12" fill="{COLOURS[client]}"/>')
        out.append(text(x + 18, BOTTOM + 38, NAMES.get(client, client), "start"))
        x += 180
    return "\n".join([*out, text(WIDTH / 2, HEIGHT - 8, note, size=10), "</svg>"]) + "\n"


def main(source, folder):
    found, conditions = results.read(source)
    note = ". ".join(conditions[name] for name in ("machine", "versions", "date") if name in conditions)
    os.makedirs(folder, exist_ok=True)
    for picture in PICTURES:
        if drawn := groups(picture, found):
            path = os.path.join(folder, picture.file)
            with open(path, "w", encoding="utf-8") as file:
                file.write(bars(picture.title, drawn, note))
            print(path)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
