"""What an extraction came to, in sentences, for the command line and the UI."""

from typing import Any

from tasks.percent import in_percent


def in_words(described: dict[str, Any]) -> str:
    """Return what the labels came to, and how the student stands beside its teacher, in sentences."""
    labels = described["labels"]
    dropped = sum(labels["strings_not_found"].values())
    said = [
        f"{labels['sentences']:,} sentences labelled, {labels['with_something']:,} of them with something; "
        f"{sum(labels['strings_found'].values()):,} strings located, {dropped:,} dropped, "
        f"{sum(labels['malformed_lines'].values()):,} malformed lines."
    ]
    gold, beside = described["gold"], described["beside_teacher"]
    if gold is not None:
        said.append(
            f"{gold['sentences']:,} gold sentences judge; {len(gold['conflicts']):,} that are labelled in two ways do "
            f"not, {len(gold['refused']):,} entries were refused."
        )
    if beside is not None:
        student, teacher = (in_percent(next(iter(beside[side].values()))["f1"]) for side in ("student", "teacher"))
        said.append(
            f"On {beside['sentences']:,} of them F1 is {student} % of the student and {teacher} % of its teacher, "
            f"{in_percent(beside['difference'])} points apart."
        )
    return " ".join(said)
