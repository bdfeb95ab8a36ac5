"""What is wrong in a CODEOWNERS file. Pure."""

import re

_OWNER = re.compile(r"@[\w.-]+(/[\w.-]+)?|[^\s@]+@[^\s@]+\.[^\s@]+")


def errors(text: str) -> list[str]:
    """What GitHub would not understand in a CODEOWNERS file, one sentence a line.

    https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
    """
    problems = []
    for number, line in enumerate(text.splitlines(), 1):
        parts = line.split("#", 1)[0].split()
        if not parts:
            continue
        pattern, owners = parts[0], parts[1:]
        if pattern.startswith("!") or "[" in pattern:
            problems.append(f"line {number}: the pattern {pattern} is not supported")
        problems += [
            f"line {number}: {owner} is no @name, @team or e-mail address"
            for owner in owners
            if not _OWNER.fullmatch(owner)
        ]
    return problems
