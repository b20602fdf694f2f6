"""CPU per message over the number of partitions, as a picture: plot.py LEGACY V2 > cpu.svg

LEGACY and V2 are files with what `bench/bench.py --only '100 B, 1'` printed, the latter with `-X produce.engine=v2`.
"""

import re
import sys

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 640, 300, 60, 250, 40
SERIES = [("librdkafka 2.16.0", "#b0b0b0"), ("legacy (default)", "#2f6f9f"), ("v2", "#d9822b")]
ROW = re.compile(r"100 B, (\d+) partitions? +[\d,]+ +[\d,]+ +[\d.]+ +([\d,]+) +([\d,]+) ")


def rows(path):
    """Partitions -> (CPU of the reference, ours), ns per message."""
    number = lambda text: int(text.replace(",", ""))
    with open(path, encoding="utf-8") as file:
        found = {int(m[1]): (number(m[2]), number(m[3])) for m in map(ROW.match, file) if m}
    if not found:
        raise SystemExit(f"{path}: no rows of bench.py")
    return found


def text(x, y, words, anchor="middle", size=12):
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" font-size="{size}">{words}</text>'


def bars(title, groups):
    """A picture of `groups`: (name, a value for each of SERIES)."""
    top = max(max(values) for _, values in groups) * 1.1
    height = lambda value: (BOTTOM - TOP) * value / top
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" fill="#333">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        text(WIDTH / 2, 18, title, size=13),
    ]
    step = 10 ** (len(str(int(top))) - 1)
    for value in range(0, int(top), step):
        y = BOTTOM - height(value)
        out.append(f'<line x1="{LEFT}" x2="{WIDTH - 10}" y1="{y:.0f}" y2="{y:.0f}" stroke="#ddd"/>')
        out.append(text(LEFT - 6, y + 4, f"{value:,}", "end", 11))
    wide = (WIDTH - LEFT - 20) / len(groups)
    bar = wide / 4.5
    for place, (name, values) in enumerate(groups):
        x = LEFT + place * wide + bar * 0.75
        for (_, colour), value in zip(SERIES, values):
            y = BOTTOM - height(value)
            out.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{bar:.1f}" height="{height(value):.1f}" fill="{colour}"/>')
            out.append(text(x + bar / 2, y - 4, f"{value:,.0f}", size=10))
            x += bar
        out.append(text(LEFT + (place + 0.5) * wide, BOTTOM + 16, name))
    x = LEFT + 60
    for name, colour in SERIES:
        out.append(f'<rect x="{x}" y="{HEIGHT - 22}" width="12" height="12" fill="{colour}"/>')
        out.append(text(x + 18, HEIGHT - 12, name, "start"))
        x += 180
    return "\n".join(out + ["</svg>"]) + "\n"


def main(legacy_file, v2_file):
    legacy, v2 = rows(legacy_file), rows(v2_file)
    name = lambda count: f"{count:,} partition{'s' if count > 1 else ''}"
    groups = [(name(n), (legacy[n][0], legacy[n][1], v2[n][1])) for n in sorted(legacy.keys() & v2.keys())]
    print(bars("CPU of the producing process per message of 100 bytes, ns (less is better)", groups), end="")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
