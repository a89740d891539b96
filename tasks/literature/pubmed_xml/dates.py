"""Partial dates, as exact as a record gives them: 1998, 1998-12 or 1998-12-24."""

import calendar

import polars as pl

YEAR = r"(?:1[5-9]|20)\d\d"
ISO = rf"^({YEAR}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?)"
NAMES = [name.lower() for names in (calendar.month_name, calendar.month_abbr) for name in names if name]
NUMBERS = [f"{number:02d}" for number in range(1, 13)] * 2


def iso_date(text: pl.Expr) -> pl.Expr:
    """Return the date in a text such as 1998-Dec-4, 1998-12- or 1998--, up to the first part that is none of a date.

    Null without a year.
    """
    numbered = text.str.to_lowercase().str.replace_many(NAMES, NUMBERS, leftmost=True)
    return numbered.str.replace_all(r"-(\d)\b", "-0$1").str.extract(ISO)


def first_month(month: pl.Expr, season: pl.Expr) -> pl.Expr:
    """Return the month in which a publication that may take several began: Jul for ``Jul-Aug``, in either element."""
    return pl.coalesce(month.str.extract(r"^(\w+)"), season.str.extract(r"^([A-Za-z]+)"))


def span_start(text: pl.Expr) -> pl.Expr:
    """Return when a span in words begins: 1998-12 for ``1998 Dec-1999 Jan``, 2001 for ``Spring 2001``."""
    return iso_date(text.str.extract(rf"\b({YEAR}(?:\s+[A-Za-z]+)?)").str.replace(r"\s+", "-"))
