"""Templates of pages, and what stands in them as markup."""

from importlib import resources
from typing import Any

import jinja2
import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from tasks.visible import visible


def render(template: str, **variables: Any) -> str:  # noqa: ANN401 - whatever the template names
    """Return a page (HTML) that needs nothing beside it; what it is given is escaped unless marked as safe."""
    loader = jinja2.FunctionLoader(lambda name: (resources.files("tasks.report") / name).read_text(encoding="utf-8"))
    pages = jinja2.Environment(autoescape=True, finalize=shown, undefined=jinja2.StrictUndefined, loader=loader)
    return pages.get_template(template).render(plotly_js=safe(get_plotlyjs()), **variables)


def embed(figure: go.Figure, name: str | None = None) -> Any:  # noqa: ANN401 - markup
    """Return a drawing as markup.

    Args:
        name: the element's id, unlike any other's of the page; a random one without it.
    """
    config = {"displaylogo": False}
    return safe(figure.to_html(full_html=False, include_plotlyjs=False, config=config, div_id=name))


def shown(value: Any) -> Any:  # noqa: ANN401 - whatever a page names
    """Return what stands in a page for a value: text of others can neither turn lines around nor hide in them."""
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def safe(markup: str) -> Any:  # noqa: ANN401 - jinja's Markup
    """Mark text as markup that is not to be escaped."""
    return jinja2.filters.do_mark_safe(markup)
