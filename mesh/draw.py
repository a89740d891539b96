"""Draw a branch: one rectangle per position, as large as what it holds."""

from collections.abc import Mapping

import plotly.graph_objects as go

from mesh.branch import Branch
from mesh.gather import gather
from mesh.hierarchy import Hierarchy, parent_position

LEVELS_SHOWN = 3
COLOURS = ["#2f6f8f", "#d98841", "#6a994e", "#8e5572", "#5a7d9a", "#b5654a", "#87a878", "#a98ca3", "#c2a25b", "#4f8a8b"]
STYLE = {"template": "plotly_white", "font": {"family": "system-ui, sans-serif", "size": 13}}


def draw_branch(hierarchy: Hierarchy, branch: Branch, counts: Mapping[str, int], unit: str) -> go.Figure:
    """Return a treemap of the branch; a click goes down a level.

    Args:
        counts: how many of ``unit`` (descriptors, say) stand at each position itself.
    """
    total, _ = gather(counts, branch)
    shown = sorted(total)
    figure = go.Figure(
        go.Treemap(
            ids=shown,
            labels=[hierarchy.name_at(position) for position in shown],
            parents=["" if position in branch.tree_numbers else parent_position(position) for position in shown],
            values=[total[position] for position in shown],
            branchvalues="total",
            hovertemplate=f"<b>%{{label}}</b><br>%{{id}}<br>%{{value:,}} {unit}<extra></extra>",
            texttemplate="<b>%{label}</b><br>%{value:,}",
            maxdepth=LEVELS_SHOWN,
            tiling={"pad": 2},
            marker={"cornerradius": 3},
        )
    )
    return figure.update_layout(**STYLE, treemapcolorway=COLOURS, margin={"t": 10, "l": 0, "r": 0, "b": 0})
