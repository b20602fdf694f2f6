"""Every function with NULL, negative and oversized arguments: ours answers as the reference does and, where the reference
crashes, answers at all. The calls are generated from the prototypes, so no function is left out."""

import concurrent.futures
import os
import re

from . import abi
from .base import check, run, work
from .base import TESTS as SOURCES
from .compiled import SANITIZE

DIFFERENCES = os.path.join(SOURCES, "hostile_args.differences")
FISHY = os.path.join(SOURCES, "hostile_args.supp")

# A checker takes minutes for all calls: they are shared out to so many tests.
SHARES = 3

# Not called: rd_kafka_unittest() runs for minutes in the reference.
LEFT_OUT = {"rd_kafka_unittest"}

LIVE = {
    "rd_kafka_t": "live_rk()",
    "rd_kafka_conf_t": "live_conf()",
    "rd_kafka_topic_conf_t": "live_topic_conf()",
    "rd_kafka_topic_t": "live_topic()",
    "rd_kafka_headers_t": "live_headers()",
    "rd_kafka_topic_partition_list_t": "live_list()",
    "rd_kafka_topic_partition_t": "live_partition()",
    "rd_kafka_queue_t": "live_queue()",
    "rd_kafka_mock_cluster_t": "live_mock()",
    "rd_kafka_Uuid_t": "live_uuid()",
    "rd_kafka_error_t": "live_error()",
    "rd_kafka_AdminOptions_t": "live_options()",
    "rd_kafka_NewTopic_t": "live_new_topic()",
    "rd_kafka_NewPartitions_t": "live_new_partitions()",
    "rd_kafka_DeleteTopic_t": "live_delete_topic()",
    "rd_kafka_ConfigResource_t": "live_resource()",
    "rd_kafka_consumer_group_metadata_t": "live_group_metadata()",
    "rd_kafka_AclBinding_t": "live_acl()",
    "rd_kafka_AclBindingFilter_t": "live_acl()",
    "FILE": "live_file()",
}

# variant: (live objects?, strings, signed numbers, sizes)
VARIANTS = {
    "null": (False, "NULL", "0", "0"),
    "negative": (False, "NULL", "-1", "SIZE_MAX"),
    "huge": (False, "NULL", "INT32_MAX", "SIZE_MAX / 2"),
    "live-null": (True, "NULL", "0", "0"),
    "live-negative": (True, '""', "-1", "SIZE_MAX"),
    "live-huge": (True, '"x"', "INT32_MAX", "SIZE_MAX / 2"),
}


def parameters(prototype):
    text = prototype[prototype.index("(") + 1 : prototype.rindex(")")]
    found, depth, current = [], 0, ""
    for c in text:
        depth += (c == "(") - (c == ")")
        if c == "," and depth == 0:
            found.append(current.strip())
            current = ""
        else:
            current += c
    return [p for p in found + [current.strip()] if p not in ("", "void")]


def argument(parameter, variant):
    live, string, number, size = VARIANTS[variant]
    if "(*" in parameter:
        return "NULL"
    kind, name = re.fullmatch(r"(.*?[ *])(\w*)", parameter).groups()
    stars = kind.count("*")
    base = re.sub(r"\b(const|struct)\b|\*", "", kind).strip() or name
    if stars == 0:
        if "timeout" in name and live:
            return "0"
        if base == "ssize_t":  # of a text: more than the text has cannot be noticed
            return "-1" if live and number != "0" else number
        if name == "errstr_size" and live:
            return "sizeof(errstr)"
        return size if base == "size_t" else f"({base})({number})"
    if not live:
        return "NULL"
    if base == "char" and stars == 1:
        return "errstr" if "const" not in kind and name == "errstr" else "scratch" if "const" not in kind else string
    if stars == 1 and base in LIVE:
        return LIVE[base]
    if stars > 1 or base in ("size_t", "int", "int32_t", "int64_t", "int16_t"):
        # An array of unknown contents is NULL, however many elements it claims to have; a result has space.
        return "NULL" if re.search(r"topics$|names$|ids$|groups$|assign|member|metrics|errors$|users$|^arr$|filter|req", name) else "(void *)scratch"
    return "NULL"


def shown(returned, call):
    stars = returned.count("*")
    base = re.sub(r"\b(const|struct)\b|\*", "", returned).strip()
    if stars == 0:
        return f"{call};\n    fprintf(out, \"-\")" if base == "void" else f"show_number((long long){call})"
    if stars == 1 and base == "char":
        return f"show_text({call})"
    if stars == 1 and base == "rd_kafka_error_t":
        return f"show_error({call})"
    return f"show_pointer({call})"


def variadic(name, arguments):
    """What follows the named arguments of the variadic functions."""
    return {"rd_kafka_producev": ["RD_KAFKA_V_END"], "rd_kafka_error_new": []}.get(name, [])


def generate(include):
    functions, table = [], []
    for name, prototype in sorted(abi.prototypes(include).items()):
        if name in LEFT_OUT:
            continue
        returned = re.match(rf"(.*?)\b{name}\s*\(", prototype)[1]
        given = parameters(prototype.rstrip(";"))
        previous = set()
        for variant in VARIANTS:
            arguments = [argument(p, variant) for p in given if p != "..."]
            if "..." in given:
                arguments += variadic(name, arguments)
                if "push" in name:  # a count that says how many follow
                    arguments[-1] = "0"
            call = f"{name}({', '.join(arguments)})"
            if call in previous:
                continue
            previous.add(call)
            identifier = f"{name}__{variant.replace('-', '_')}"
            functions.append(f"static void {identifier}(void) {{\n    {shown(returned, call)};\n}}\n")
            table.append(f'    {{"{name}", "{variant}", {identifier}}},\n')
    return "".join(functions) + "static const struct call calls[] = {\n" + "".join(table) + "};\n"


def explained():
    """[(pattern of a line, whether it may be missing)] from the file of deliberate differences."""
    rows, reason = [], ""
    with open(DIFFERENCES, encoding="utf-8") as file:
        for line in file.read().splitlines():
            if line.startswith("#"):
                reason = line
            elif line.strip():
                check(reason, f"{line}: no reason")
                rows.append((re.compile(line), reason.startswith("#?")))
    return rows


def lines(output):
    return dict(line.split(": ", 1) if ": " in line else (line.rstrip(":"), "") for line in output.decode("utf-8", "replace").splitlines())


def build(libraries, name="hostile_args", flags=()):
    abi.write(work("hostile_calls.h"), generate(abi.reference_include()))
    binary = work(name)
    argv = ["gcc", "-std=gnu11", "-w", "-O0", "-g", f"-I{libraries.include}", f"-I{work()}", *flags]
    run(argv + [os.path.join(SOURCES, "hostile_args.c"), "-o", binary, os.path.join(libraries.lib, "librdkafka.so.1")], 300)
    return binary


def checked(libraries, argv, logs, extra, share):
    """Runs one share of all calls under a checker; no call may die of it, and the checker may have nothing to say."""
    os.makedirs(logs)
    environment = libraries.environment("ours", {"CHECKED": "1", **extra})
    answers = lines(run(argv + ["*", str(share), str(SHARES)], 1200, environment)[1])
    check(len(answers) > 1500 / SHARES, f"{len(answers)} calls")
    said = ""
    for name in sorted(os.listdir(logs)):
        with open(os.path.join(logs, name), encoding="utf-8", errors="replace") as file:
            said += "".join(line for line in file if "AddressSanitizer failed to allocate" not in line)
    check(not said.strip(), f"the checker found something\n{said[:6000]}")
    dead = [f"{call}: {answer}" for call, answer in answers.items() if re.match(r"crashes|exits|hangs", answer)]
    check(not dead, "\n".join(dead[:50]))


def hostile_sanitized(libraries, share):
    logs = work("asan")
    binary = build(libraries, "hostile_args.asan", SANITIZE)
    # Objects that nobody releases are the point of some calls; an allocation is refused where the plain run's limit is.
    options = f"detect_leaks=0:allocator_may_return_null=1:max_allocation_size_mb=3000:exitcode=99:log_path={logs}/log"
    checked(libraries, [binary], logs, {"ASAN_OPTIONS": options, "UBSAN_OPTIONS": f"log_path={logs}/log"}, share)


def hostile_valgrind(libraries, share):
    logs = work("valgrind")
    binary = build(libraries)
    argv = ["valgrind", "--quiet", "--leak-check=no", "--fair-sched=yes", "--error-exitcode=99", "--num-callers=30"]
    argv += [f"--log-file={logs}/%p", f"--suppressions={FISHY}"]
    checked(libraries, argv + [binary], logs, {"UNDER_VALGRIND": "1"}, share)


def hostile(libraries):
    binary = build(libraries)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        both = pool.map(lambda which: run([binary], 600, libraries.environment(which))[1], ("ours", "reference"))
        ours, reference = (lines(output) for output in both)
    check(set(ours) == set(reference) and len(ours) > 1500, f"{len(ours)} and {len(reference)} calls")
    stubs = {name for name, state in abi.listed().items() if state == "stub"}
    allowed, problems, used = explained(), [], set()
    for call, answer in ours.items():
        theirs = reference[call]
        if answer.startswith(("crashes", "exits")) or answer == "hangs" != theirs and not theirs.startswith("crashes"):
            problems.append(f"{call}: {answer} (the reference: {theirs})")
        elif theirs.startswith("crashes") or answer == theirs or call.split()[0] in stubs:
            continue
        else:
            line = f"{call}: {answer} | {theirs}"
            matching = [row for row in allowed if row[0].fullmatch(line)]
            used |= set(matching)
            if not matching:
                problems.append(line)
    idle = [row[0].pattern for row in allowed if row not in used and not row[1]]
    problems += [f"explained, but not there: {pattern}" for pattern in idle]
    check(not problems, f"{len(problems)} of {len(ours)} calls: ours | the reference\n" + "\n".join(problems[:400]))


def in_shares(name, function):
    return [(f"{name}:{share + 1}", lambda libraries, share=share: function(libraries, share)) for share in range(SHARES)]


TESTS = [("abi:hostile-arguments", hostile)]
TESTS += in_shares("abi:hostile-arguments:asan", hostile_sanitized)
TESTS += in_shares("abi:hostile-arguments:valgrind", hostile_valgrind)
