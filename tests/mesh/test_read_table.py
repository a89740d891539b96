import codecs
import gzip
from pathlib import Path

import polars as pl
import pytest

from mesh.build_table import with_terms
from mesh.hierarchy import Hierarchy
from mesh.read_table import TableError, read_table

SHARED = Path(__file__).parents[3] / "shared" / "data" / "mesh"
XML = """<?xml version="1.0"?>
<!DOCTYPE DescriptorRecordSet SYSTEM "https://www.nlm.nih.gov/databases/dtd/nlmdescriptorrecordset_20230101.dtd">
<DescriptorRecordSet LanguageCode="eng">
<DescriptorRecord DescriptorClass="1"><DescriptorUI>D000002</DescriptorUI>
<DescriptorName><String>Temefos</String></DescriptorName>
<TreeNumberList><TreeNumber>D02.705.400</TreeNumber><TreeNumber>D02.886</TreeNumber></TreeNumberList>
<ConceptList><Concept PreferredConceptYN="Y"><ConceptName><String>Temefos</String></ConceptName><TermList>
<Term><TermUI>T1</TermUI><String>Temefos</String></Term><Term><TermUI>T2</TermUI><String>Temephos</String></Term>
</TermList></Concept><Concept PreferredConceptYN="N"><ConceptName><String>Abate</String></ConceptName><TermList>
<Term><TermUI>T3</TermUI><String>Abate</String></Term><Term><TermUI>T2</TermUI><String>Temephos</String></Term>
</TermList></Concept></ConceptList></DescriptorRecord>
<DescriptorRecord DescriptorClass="3"><DescriptorUI>D005260</DescriptorUI>
<DescriptorName><String>Female</String></DescriptorName></DescriptorRecord>
</DescriptorRecordSet>"""
ROWS = [
    ("D000002", "Temefos", ["Temephos"], ["Abate"], ["D02.705.400", "D02.886"]),
    ("D005260", "Female", [], [], []),
]
MARKS = {"utf-8": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}


@pytest.mark.parametrize("name", ["desc2026.xml", "desc2026.gz", "desc2026.xml.gz"])
def test_nlms_xml(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(gzip.compress(XML.encode()) if name.endswith("gz") else XML.encode())
    table = read_table(path)
    assert table.descriptors.rows() == ROWS
    assert (table.year, table.source) == (2026, str(path))


def test_a_tab_separated_table_and_a_parquet_file(tmp_path):
    plain = [(ui, name, terms, [], numbers) for ui, name, terms, _, numbers in ROWS]
    lines = ["\t".join([ui, name, "|".join(terms), "|".join(numbers), ""]) for ui, name, terms, _, numbers in plain]
    path = tmp_path / "mesh2025.tsv"
    path.write_text("\n".join(lines) + "\n")
    table = read_table(path)
    assert table.descriptors.rows() == plain
    table.descriptors.drop("other_terms").write_parquet(tmp_path / "mesh[1].parquet")  # as it was kept before 2026-11
    again = read_table(tmp_path / "mesh[1].parquet")
    assert again.descriptors.equals(table.descriptors)
    assert (table.year, again.year) == (2025, None)


def test_a_tree_file_takes_its_uis_from_names(tmp_path):
    path = tmp_path / "mtrees2022.bin"
    path.write_text("Body Regions;A01\nBreast;A01.236\nAbdomen; Lower;A01.923\nBreast;B99.1\n")
    names = pl.DataFrame({"ui": ["D001940", "D001829"], "name": ["Breast", "Body Regions"]})
    assert read_table(path, names).descriptors.rows() == [
        ("?Abdomen; Lower", "Abdomen; Lower", [], [], ["A01.923"]),
        ("D001829", "Body Regions", [], [], ["A01"]),
        ("D001940", "Breast", [], [], ["A01.236", "B99.1"]),
    ]


def test_a_tree_list_as_pages_show_it(tmp_path):
    path = tmp_path / "trees2023.txt"
    path.write_text("Body Regions [A01]\r\n  Breast [A01.236]\n    Nipples [A01.236.500]\n\nBreast [B99]\n")
    table = read_table(path)
    assert table.descriptors.select("name", "tree_numbers").rows() == [
        ("Body Regions", ["A01"]),
        ("Breast", ["A01.236", "B99"]),
        ("Nipples", ["A01.236.500"]),
    ]
    assert table.year == 2023


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"hello\n", "is no table of MeSH's"),
        (b"", "is no table of MeSH's"),
        (b"D1\tOnly a name\n", "expected UI, name, entry terms and tree numbers in columns, found 2"),
        (XML.encode()[:400], "is cut off or no XML"),
        (gzip.compress(XML.encode(), mtime=0)[:60], "is cut off or no XML"),
        (b"<DescriptorRecordSet></DescriptorRecordSet>", "holds no descriptor"),
        (b"<html></html>", "expected <DescriptorRecordSet>, found <html>"),
        (b"<SupplementalRecordSet/>", "holds NLM's supplementary concepts .supp20XX. and no descriptors"),
        (b"<?xml version='1.0'?>\n<!-- x --><QualifierRecordSet/>", "holds NLM's qualifiers .qual20XX."),
        (gzip.compress(b"<PharmacologicalActionSet/>", mtime=0), "holds NLM's pharmacological actions .pa20XX."),
        (b"*NEWRECORD\nRECTYPE = D\nMH = Calcimycin\n", "is NLM's list in ASCII; expected desc20XX.xml"),
        (b"D1\xff\x00\t\x9f\n", "is no text in UTF-8"),
        (b"Body Regions;A01\n\xff\x00;A02\n", "is no text in UTF-8"),
    ],
)
def test_what_is_no_table_is_told(tmp_path, content, reason):
    path = tmp_path / "desc2026"
    path.write_bytes(content)
    with pytest.raises(TableError, match=reason):
        read_table(path)


@pytest.mark.parametrize("encoding", MARKS)
@pytest.mark.parametrize("packed", [False, True])
def test_a_byte_order_mark_is_no_damage(tmp_path, encoding, packed):
    def read(name, text):
        content = MARKS[encoding] + text.encode(encoding)
        (tmp_path / name).write_bytes(gzip.compress(content) if packed else content)
        return read_table(tmp_path / name).descriptors

    assert read("desc2026.xml", XML.replace('<?xml version="1.0"?>\n', "")).rows() == ROWS
    assert read("mtrees2026.bin", "Body Regions;A01\r\nBreast;A01.236\r\n")["name"].to_list() == [
        "Body Regions",
        "Breast",
    ]
    assert read("trees2026.txt", "Body Regions [A01]\n")["ui"].to_list() == ["?Body Regions"]
    assert read("mesh2026.tsv", "D000002\tTemefos\tTemephos\tD02.705\n")["ui"].to_list() == ["D000002"]


def test_a_term_of_both_is_the_preferred_concepts_in_any_order(tmp_path):
    first, second = XML.index("<Concept PreferredConceptYN"), XML.index('<Concept PreferredConceptYN="N"')
    end = XML.index("</ConceptList>")
    turned = XML[:first] + XML[second:end] + XML[first:second] + XML[end:]
    (tmp_path / "desc2026.xml").write_text(turned)
    assert read_table(tmp_path / "desc2026.xml").descriptors.rows() == ROWS


def test_a_folder_or_nothing_is_no_table(tmp_path):
    for path in (tmp_path, tmp_path / "none.xml", tmp_path / "none.parquet"):
        with pytest.raises(TableError, match=r"can not be read|is no table of descriptors"):
            read_table(path)


def test_no_entity_is_filled_in(tmp_path):
    path = tmp_path / "desc2026.xml"
    evil = XML.replace("<!DOCTYPE", '<!DOCTYPE x [<!ENTITY e "INNER">]><!--', 1).replace('.dtd">', '.dtd"> -->', 1)
    path.write_text(evil.replace("<String>Female", "<String>Fe&e;male"))
    assert "INNER" not in str(read_table(path).descriptors.rows())


@pytest.mark.skipif(not SHARED.exists(), reason="the real files are not beside this checkout")
def test_real_tables(hierarchy):
    table = read_table(SHARED / "mesh2024.tsv")
    without = ["ui", "name", "tree_numbers"]
    assert table.descriptors.select(without).equals(hierarchy.descriptors.select(without))
    terms = pl.read_parquet(SHARED / "terms2024.parquet")
    assert with_terms(table.descriptors, terms).equals(hierarchy.descriptors)
    tree = read_table(SHARED / "mtrees2022.bin", hierarchy.descriptors)
    assert (len(tree.descriptors), tree.descriptors["tree_numbers"].list.len().sum(), tree.year) == (
        30_192,
        62_317,
        2022,
    )
    unnamed = tree.descriptors.filter(pl.col("ui").str.starts_with("?"))
    assert 0 < len(unnamed) < 300  # renamed or withdrawn before 2024
    old = Hierarchy(tree.descriptors)
    assert old.ancestors("D001943") >= {"D001943", "D009371", "D009369"}
