"""The kinds of small changes on which a student's own tests are tried at home: each breaks one rule of the contract.

Whether a change really breaks it in this program is for the suite to say (see `mutation_game`): a program may well be
right in another way.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from grading.checking.mutant import Edit, Mutant, Program, is_constant

Change = Callable[[Program], list[Edit]]
_CALLS = ("acompletion", "completion", "aresponses", "responses")
_STATUSES = {504: 502, 429: 502, 413: 502, 502: 500}
_FAILURES = {
    504: "does not answer 504 when the model takes too long",
    429: "does not answer 429 when the provider rate-limits it",
    413: "does not answer 413 when the prompt is too long for the model",
    502: "answers 500 when the provider fails",
}


def mutants(source: str) -> list[Mutant]:
    """Return the mutants of a program. Raises SyntaxError."""
    program, found = Program(source), []
    for kind, step, change in _KINDS:
        if edits := change(program):
            line = min(node.lineno for node, _ in edits)  # type: ignore[attr-defined]
            now = program.changed(edits)
            before, after = program.lines[line - 1].strip(), now.splitlines()[line - 1].strip()
            found.append(Mutant(kind, step, line, before, after, now))
    return found


def _limit(by: int) -> Change:
    def change(program: Program) -> list[Edit]:
        return [(node, str(node.value + by)) for node in program.all(ast.Constant) if node.value in (4000, 4001)]

    return change


def _status(wanted: int) -> Change:
    def change(program: Program) -> list[Edit]:
        numbers = [node for node in program.all(ast.Constant) if type(node.value) is int and node.value == wanted]
        names = [node for node in program.all(ast.Attribute) if _status_of(node) == wanted]
        return [(node, str(_STATUSES[wanted])) for node in (*numbers, *names)]

    return change


_PHRASES = {"GATEWAY_TIMEOUT": 504, "TOO_MANY_REQUESTS": 429, "BAD_GATEWAY": 502}
_PHRASES |= {"REQUEST_ENTITY_TOO_LARGE": 413, "CONTENT_TOO_LARGE": 413}


def _status_of(node: ast.AST) -> int:
    """Return the number of status.HTTP_504_GATEWAY_TIMEOUT or HTTPStatus.GATEWAY_TIMEOUT; 0 for other nodes."""
    name = getattr(node, "attr", "")
    digits = name.removeprefix("HTTP_")[:3]
    return int(digits) if name.startswith("HTTP_") and digits.isdigit() else _PHRASES.get(name, 0)


def _no_timeout(program: Program) -> list[Edit]:
    given = [*program.values("timeout"), *program.values("request_timeout")]
    return [(node, "600") for node in given]


def _calls(program: Program) -> list[ast.Call]:
    """Return the calls of LiteLLM."""
    return [
        call
        for call in program.all(ast.Call)
        if (getattr(call.func, "attr", "") or getattr(call.func, "id", "")) in _CALLS
    ]


def _twice(program: Program) -> list[Edit]:
    edits: list[Edit] = []
    for call in _calls(program)[:1]:
        parent = program.parents.get(call)
        node = parent if isinstance(parent, ast.Await) else call
        text = program.text(node)
        edits.append((node, f"[{text}, {text}][1]"))
    return edits


def _users_message(program: Program) -> list[tuple[ast.Dict, ast.expr, ast.expr]]:
    """Return each dict of a user's message, with its role and its content."""
    found = []
    for node in program.all(ast.Dict):
        pairs = {
            key.value: value for key, value in zip(node.keys, node.values, strict=True) if isinstance(key, ast.Constant)
        }
        if is_constant(pairs.get("role"), "user") and "content" in pairs:
            found.append((node, pairs["role"], pairs["content"]))
    return found


def _role(program: Program) -> list[Edit]:
    return [(role, '"system"') for _, role, _ in _users_message(program)]


def _last_character(program: Program) -> list[Edit]:
    return [(content, f"({program.text(content)})[:-1]") for _, _, content in _users_message(program)]


def _words_added(program: Program) -> list[Edit]:
    return [(content, f'"Answer briefly: " + ({program.text(content)})') for _, _, content in _users_message(program)]


def _history(program: Program) -> list[Edit]:
    edits: list[Edit] = []
    for node, _, _ in _users_message(program)[-1:]:
        parent = program.parents.get(node)
        if isinstance(parent, ast.List):
            kept = 'globals().setdefault("_earlier", [])'
            edits.append((parent, f"({kept}.extend({program.text(parent)}) or list({kept}))"))
    return edits


def _answers(program: Program) -> list[ast.AST]:
    """Return what is answered as `response`."""
    return [node for node in program.values("response") if not isinstance(node, ast.Call | ast.Constant | ast.Dict)]


def _on_answer(text: str) -> Change:
    return lambda program: [(node, text.format(program.text(node))) for node in _answers(program)]


def _get_too(program: Program) -> list[Edit]:
    for node in program.all(ast.Call):
        posts = isinstance(node.func, ast.Attribute) and node.func.attr == "post"
        if posts and node.args and is_constant(node.args[0], "/generate"):
            text, receiver = program.text(node), program.text(node.func).removesuffix(".post")
            rest = text[len(program.text(node.func)) :].rstrip(")").rstrip().rstrip(",")
            return [(node, f'{receiver}.api_route{rest}, methods=["GET", "POST"])')]
    return []


def _field(program: Program) -> ast.AnnAssign | None:
    return next((node for node in program.all(ast.AnnAssign) if getattr(node.target, "id", "") == "message"), None)


def _default(program: Program) -> list[Edit]:
    field = _field(program)
    if field is None:
        return []
    match field.value:
        case None:
            return [(field.annotation, f'{program.text(field.annotation)} = "Hello"')]
        case ast.Call(func=ast.Name(id="Field"), args=[]) as call:
            return [(call, program.text(call).replace("Field(", 'Field(default="Hello", ', 1))]
        case ast.Call(args=[ast.Constant(value=value) as first, *_]) if value is ...:
            return [(first, '"Hello"')]
    return []


def _refusal(about: tuple[str, ...], raises: tuple[str, ...]) -> Change:
    """Never refuse what an `if` about these words refuses."""

    def change(program: Program) -> list[Edit]:
        edits: list[Edit] = []
        for node in program.all(ast.If):
            test = program.text(node.test)
            raised = [program.text(part) for part in node.body if isinstance(part, ast.Raise)]
            if any(word in test for word in about) and any(word in text for text in raised for word in raises):
                edits.append((node.test, "False"))
        return edits

    return change


def _leak(program: Program) -> list[Edit]:
    """Tell the client the exception's own words, in the first handler that answers with a text of its own."""
    for handler in program.all(ast.ExceptHandler):
        for node in ast.walk(handler):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and handler.type is not None:
                given = [*node.exc.args[1:2], *(each.value for each in node.exc.keywords if each.arg == "detail")]
                if given:
                    named: list[Edit] = [(handler.type, f"{program.text(handler.type)} as error")]
                    return [*([] if handler.name else named), (given[0], f"str({handler.name or 'error'})")]
    functions: list[ast.FunctionDef | ast.AsyncFunctionDef] = [
        *program.all(ast.FunctionDef),
        *program.all(ast.AsyncFunctionDef),
    ]
    for function in functions:
        decorators = " ".join(map(program.text, function.decorator_list))
        if len(function.args.args) == 2 and "exception_handler" in decorators and "Validation" not in decorators:
            inside = [node for node in ast.walk(function) if isinstance(node, ast.Dict)]
            pairs = [pair for node in inside for pair in zip(node.keys, node.values, strict=True)]
            if details := [value for key, value in pairs if is_constant(key, "detail")]:
                return [(details[-1], f"str({function.args.args[1].arg})")]
    return []


_KINDS: tuple[tuple[str, int, Change], ...] = (
    ("answers GET /generate, too", 2, _get_too),
    ("answers a request that has no message", 2, _default),
    ("calls the model twice for each request", 3, _twice),
    ("sends the message with the role system", 3, _role),
    ("loses the last character of the message", 3, _last_character),
    ("adds words of its own before the message", 3, _words_added),
    ("sends earlier users' messages along with the next one", 3, _history),
    ("strips the model's text", 4, _on_answer("({}).strip()")),
    ("answers in capitals", 4, _on_answer("({}).upper()")),
    (_FAILURES[504], 6, _status(504)),
    (_FAILURES[429], 6, _status(429)),
    (_FAILURES[413], 6, _status(413)),
    (_FAILURES[502], 6, _status(502)),
    ("shows the client the provider's own words", 6, _leak),
    (
        "accepts a model's answer without text",
        6,
        _refusal(("choices", "content", "text"), ("HTTP", "raise")),
    ),
    ("accepts a blank message", 7, _refusal(("strip", "isspace", "split"), ("ValueError",))),
    ("accepts 4,001 characters", 7, _limit(1)),
    ("rejects exactly 4,000 characters", 7, _limit(-1)),
    ("waits up to ten minutes for the model", 8, _no_timeout),
)
"""What is wrong (completing "a program that …"), the step whose rule it breaks, and the change."""
