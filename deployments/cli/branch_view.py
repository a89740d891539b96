"""A branch on a terminal: where it stands, what lies below it, and how much."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mesh.branch import Branch
from mesh.hierarchy import Hierarchy, prefixes

SHOWN_CHILDREN = 40
SHOWN_TERMS = 6
BAR_CELLS, GAP = 24, 2
NARROWEST_LABEL = 12
EIGHTHS = " ▏▎▍▌▋▊▉"


@dataclass(frozen=True, slots=True)
class BranchView:
    """A branch with its descriptors counted, and its articles where ``articles`` counts them by position."""

    hierarchy: Hierarchy
    branch: Branch
    articles: Mapping[str, int] | None = None

    def show(self, console: Console, depth: int) -> None:
        """Print the branch down to ``depth`` levels below its tops."""
        for top in self.branch.tree_numbers:
            self._print_heading(console, top)
            lines = list(self._lines(top, depth, ""))
            if lines:
                console.print(self._table(lines, console.width))
            console.print()
        self._print_summary(console)

    def _print_heading(self, console: Console, top: str) -> None:
        above = [self.hierarchy.name_at(position) for position in reversed(list(prefixes(top)))][:-1]
        ui = self.hierarchy.at(top)
        console.print(Text(" › ".join(["MeSH", *above]), style="dim"), soft_wrap=True)
        console.print(
            Text.assemble((self.hierarchy.name_at(top), "bold"), "  ", (f"{top}  {ui or 'category'}", "cyan"))
        )
        if ui is None:
            return
        terms = [*self.hierarchy.entry_terms(ui), *self.hierarchy.other_terms(ui)]
        if terms:
            more = f" and {len(terms) - SHOWN_TERMS} more" if len(terms) > SHOWN_TERMS else ""
            console.print(Text(f"also {'; '.join(terms[:SHOWN_TERMS])}{more}", style="dim"), soft_wrap=True)
        elsewhere = [number for number in self.hierarchy.tree_numbers(ui) if number not in self.branch.tree_numbers]
        if elsewhere:
            console.print(Text(f"also at {', '.join(elsewhere)}", style="dim"), soft_wrap=True)

    def _lines(self, position: str, depth: int, guide: str) -> Iterator[tuple[str, str | None]]:
        """Yield a label with its guides, and the position that it is about, for everything below a position."""
        if depth == 0:
            return
        below = self.hierarchy.children(position)
        shown = below[:SHOWN_CHILDREN]
        for place, child in enumerate(shown, 1):
            last = place == len(below)
            yield f"{guide}{'└─ ' if last else '├─ '}{self.hierarchy.name_at(child)}", child
            yield from self._lines(child, depth - 1, f"{guide}{'   ' if last else '│  '}")
        if len(below) > len(shown):
            yield f"{guide}└─ and {len(below) - len(shown):,} more", None

    def _table(self, lines: list[tuple[str, str | None]], width: int) -> Table:
        sizes = {position: self._sizes(position) for _, position in lines if position}
        largest = max((size[-1] for size in sizes.values()), default=0) or 1
        counted = ["descriptors", *([] if self.articles is None else ["articles"])]
        positions = max(map(len, sizes), default=0)
        labels = max(len(label) for label, _ in lines)
        beside = positions + sum(map(len, counted)) + GAP * (len(counted) + 3)
        shown = min(labels, max(NARROWEST_LABEL, width - beside))
        cells = min(BAR_CELLS, width - beside - shown) if largest > 1 else 0
        table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, GAP, 0, 0))
        table.add_column("", no_wrap=True, overflow="ellipsis", width=shown)
        table.add_column("", style="cyan", no_wrap=True, width=positions)
        for name in counted:
            table.add_column(name, justify="right", no_wrap=True, width=len(name))
        if cells > 0:
            table.add_column("", no_wrap=True)
        for label, position in lines:
            if position is None:
                table.add_row(Text(label, style="dim"))
                continue
            counts = [f"{size:,}" for size in sizes[position]]
            share = sizes[position][-1] / largest
            bar = [Text(_bar(share, cells), style="blue")] if cells > 0 else []
            table.add_row(Text(label), position, *counts, *bar)
        return table

    def _sizes(self, position: str) -> list[int]:
        """Return the descriptors at or below a position, and the articles where those are counted."""
        descriptors = len(self.hierarchy.descriptors_under([position]))
        return [descriptors] if self.articles is None else [descriptors, self.articles.get(position, 0)]

    def _print_summary(self, console: Console) -> None:
        inside = self.hierarchy.positions_under(self.branch.tree_numbers)
        descriptors = self.hierarchy.descriptors_under(self.branch.tree_numbers)
        levels = max(
            position.count(".") - top.count(".") + (top.isalpha())
            for top in self.branch.tree_numbers
            for position in inside
            if position.startswith(top)
        )
        size = f"{_count(len(descriptors), 'descriptor')} at {_count(len(inside), 'position')}"
        below = f", {_count(levels, 'level')} below the top" if levels else ", nothing below"
        whose = f"{self.hierarchy}, {self.hierarchy.source}"
        console.print(Text(f"{size}{below}. {whose}", style="dim"), soft_wrap=True)


def _count(number: int, unit: str) -> str:
    return f"{number:,} {unit}{'' if number == 1 else 's'}"


def _bar(share: float, cells: int) -> str:
    eighths = max(0, round(share * cells * 8))
    return "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()
