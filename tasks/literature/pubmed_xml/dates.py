"""Partial dates, as exact as a record gives them: 1998, 1998-12 or 1998-12-24."""

import calendar

import polars as pl

YEAR = r"\b((?:1[5-9]|20)\d\d)\b"
MONTHS = {name.lower(): f"{number:02d}" for number, name in enumerate(calendar.month_abbr) if number} | {
    spelt: f"{number:02d}" for number in range(1, 13) for spelt in (str(number), f"{number:02d}")
}


def iso_date(year: pl.Expr, month: pl.Expr, day: pl.Expr) -> pl.Expr:
    """Return the date up to the first part that is missing or no part of a date; null without a year."""
    whole_year = year.str.extract(f"^{YEAR}$")
    number = month.str.to_lowercase().str.slice(0, 3).replace_strict(MONTHS, default=None, return_dtype=pl.String)
    of_month = day.str.extract(r"^0*([1-9]|[12]\d|3[01])$").str.zfill(2)
    return pl.concat_str(
        whole_year,
        pl.concat_str(pl.lit("-"), number).fill_null(""),
        pl.when(number.is_not_null()).then(pl.concat_str(pl.lit("-"), of_month)).fill_null(""),
    )


def split_date(text: pl.Expr) -> pl.Expr:
    """Return the date of a text such as 1998-Dec-4, whose parts may be empty."""
    parts = text.str.split_exact("-", 2).struct
    return iso_date(parts.field("field_0"), parts.field("field_1"), parts.field("field_2"))


def span_start(text: pl.Expr) -> pl.Expr:
    """Return when a span in words begins: 1998-12 for ``1998 Dec-1999 Jan``, 2001 for ``Spring 2001``."""
    month = text.str.extract(YEAR + r"\s+([A-Za-z]{3})", 2)
    return iso_date(text.str.extract(YEAR), month, pl.lit(None, pl.String))
