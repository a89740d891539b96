"""Make a descriptor table, such as the shipped one, from any format that MeSH comes in.

python -m mesh.build_table mesh2024.tsv mesh/data/mesh2024.parquet
"""

import sys
from pathlib import Path

from mesh.read_table import read_table
from mesh.table import write_table


def main() -> None:
    """Read one file and write the other."""
    source, target = map(Path, sys.argv[1:3])
    write_table(read_table(source), target)


if __name__ == "__main__":
    main()
