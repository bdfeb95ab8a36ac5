"""What was measured, as a table with the target and the ratio to it."""

import os
import platform
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Line:
    """One measured figure. `ratio` below 1 is within the target (for "at most" targets)."""

    what: str
    measured: float
    target: float
    unit: str
    note: str = ""

    @property
    def ratio(self) -> float:
        """Measured ÷ target; where nothing at all is the target, what was measured."""
        return self.measured / self.target if self.target else self.measured

    @property
    def is_within(self) -> bool:
        return self.measured <= self.target


@dataclass
class Report:
    """The lines of one run, printed as they come."""

    title: str
    lines: list[Line] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def add(self, what: str, measured: float, target: float, unit: str, note: str = "") -> Line:
        line = Line(what, measured, target, unit, note)
        self.lines.append(line)
        word = "within" if line.is_within else "OVER"
        print(
            f"{word:7}{what:58}{measured:>10.1f} {unit:5} of {target:g} {unit}"
            f" ({line.ratio:.2f}){'  ' + note if note else ''}",
            flush=True,
        )
        return line

    def remark(self, text: str) -> None:
        self.remarks.append(text)
        print(f"       {text}", flush=True)

    def markdown(self) -> str:
        rows = [
            f"| {line.what} | {line.measured:,.1f} {line.unit} | {line.target:g} {line.unit} "
            f"| {line.ratio:.2f} | {line.note} |"
            for line in self.lines
        ]
        return "\n".join(
            [
                f"# {self.title}",
                "",
                "Written by `make bench`. The ratio is measured ÷ target: below 1 is within it.",
                "",
                f"Machine: {machine()}.",
                "",
                "| what | measured | target | ratio | note |",
                "|---|---:|---:|---:|---|",
                *rows,
                "",
                *[f"- {remark}" for remark in self.remarks],
                "",
            ]
        )

    def write(self, path: Path) -> None:
        path.write_text(self.markdown())


def machine() -> str:
    """Processor, cores, memory, system and Python, in one line."""
    model = platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{model}, {len(os.sched_getaffinity(0))} cores, {memory:.0f} GiB, "
        f"{platform.system()} {platform.release().split('-')[0]}, "
        f"Python {platform.python_version()}"
    )
