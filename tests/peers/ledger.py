"""What was compared, the differences, and the failures: one line for each section."""

import time

#: How many violations to show, and how many characters of each.
SHOWN, LONGEST = 5, 600


class Section:
    """A name, a bound, and the worst measured error."""

    def __init__(self, name: str, bound: float = 0.0, unit: str = "") -> None:
        self.name, self.bound, self.unit = name, bound, unit
        self.cases, self.worst, self.wrong, self.note = 0, 0.0, [], ""
        self.start = time.monotonic()

    def measure(self, error: float, where: object, bound: float | None = None) -> None:
        """Counts a case whose error (already divided by its scale) must not exceed the bound."""
        self.cases += 1
        error = float(error)
        if not error <= (self.bound if bound is None else bound):
            self.wrong.append(f"{where}: error {error:.3g}")
        if not error <= self.worst:
            self.worst = error

    def expect(self, held: bool, where: object) -> None:
        """Counts a case that must hold exactly."""
        self.cases += 1
        if not held:
            self.wrong.append(str(where))

    def line(self) -> str:
        """The section in one line, and below it the first few violations."""
        verdict = f"{len(self.wrong)} WRONG" if self.wrong else "ok"
        bound = f"worst {self.worst:.2e} bound {self.bound:.0e} {self.unit}" if self.bound else "exact"
        text = f"{self.name}: {self.cases} comparisons, {bound}, {verdict}{self.note}"
        text += f" ({time.monotonic() - self.start:.0f} s)"
        more = [f"... and {len(self.wrong) - SHOWN} more"] if len(self.wrong) > SHOWN else []
        shown = [" ".join(wrong.split())[:LONGEST] for wrong in self.wrong[:SHOWN]]
        return "\n".join([text] + [f"    {wrong}" for wrong in shown + more])
