"""The child that compiles what a student sent: a script without imports of the kit, so that it starts in 20 ms.

A small source can make Python's compiler take memory and time out of all proportion. Here it takes this child's, which
has limits of its own, and not the grader's. It reads a source on standard input, runs none of it, and prints JSON:
null, or `[kind, message, line, offset, text]` of its syntax error.
"""

import json
import sys
import warnings

SECONDS = 5  # of processor time; an honest program of 500 kB took one


def main() -> None:
    """Compile standard input and print the JSON; exit with another status than 0 where the limits end it."""
    limit(int(sys.argv[2]))
    source = sys.stdin.buffer.read()
    warnings.simplefilter("ignore")
    try:
        # Not the name of a real file: for some errors Python opens the file to quote its line.
        compile(source, sys.argv[1], "exec", dont_inherit=True)
        told = None
    except SyntaxError as error:
        told = [type(error).__name__, error.msg, error.lineno, error.offset, error.text]
    json.dump(told, sys.stdout)


def limit(memory: int) -> None:
    """Bound this process's memory, in bytes, and processor time where the system can (Linux; macOS only the time)."""
    if sys.platform != "win32":
        import resource

        for what, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_CORE, 0)):
            try:
                resource.setrlimit(what, (most, most))
            except (OSError, ValueError):  # macOS does not bound address space
                continue


if __name__ == "__main__":
    main()
