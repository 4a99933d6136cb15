"""The collection: hostile files, and the cases that use them."""

from __future__ import annotations

from typing import Any

from .answers import Outcome


class Collection:
    """Files by name, and the expected outcome of `softargmax decode` for each."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.cases: list[dict[str, Any]] = []

    def add(
        self,
        file: str,
        what: str,
        content: bytes,
        outcome: Outcome,
        *args: str,
        beside: dict[str, bytes] | None = None,
    ) -> None:
        """Adds a file, its description, and the expected outcome of `softargmax decode` with `args`."""
        self.files[file] = content
        self.files.update(beside or {})
        case = {"file": file, "what": what, "args": list(args), **outcome}
        if beside:
            case["beside"] = list(beside)
        self.cases.append(case)

    def again(self, outcome: Outcome, *args: str) -> None:
        """Adds the last file again, with other arguments."""
        last = self.cases[-1]
        self.add(last["file"], last["what"], self.files[last["file"]], outcome, *args)
