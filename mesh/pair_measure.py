"""The names of the measures by which two descriptors are compared; ``mesh.similarity`` computes them."""

from enum import StrEnum


class PairMeasure(StrEnum):
    """How two descriptors are compared. MICA is their most informative common ancestor, themselves included."""

    RESNIK = "resnik"
    LIN = "lin"
    JIANG_CONRATH = "jiang-conrath"
    RELEVANCE = "relevance"
    BATET = "batet"
