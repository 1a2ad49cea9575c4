"""Prose out of packages: sentences, and articles, definitions and novels without their markup."""

import bz2
import gzip
import struct
import zlib
from pathlib import Path

from starters.prose import articles, definitions, novels, prose, sentences


def test_sentences_end_at_their_mark_and_not_after_a_title() -> None:
    text = "Mr. Bennet\nmade no answer. “Do you\nnot want to know?” cried Mrs. Bennet. He did!"
    assert sentences(text) == [
        "Mr. Bennet made no answer.",
        "“Do you not want to know?”",
        "cried Mrs. Bennet.",
        "He did!",
    ]


def test_only_text_is_kept_and_none_twice() -> None:
    found = [
        "A cat  sat here.",
        "A cat sat here.",
        "Too short.",
        "| a | table of cells",
        "1 2 3 4 5",
    ]
    assert prose(iter(found)) == ["A cat sat here."]


def test_an_article_loses_its_markup(tmp_path: Path) -> None:
    folder = tmp_path / "gensim-4.3.3" / "gensim" / "test" / "test_data"
    folder.mkdir(parents=True)
    text = (
        "{{Infobox|a=1}}\n'''Leeds''' {{sound|{{en}}}}is a [[city]] in [[West Yorkshire|Yorkshire]]"
        "&lt;ref name=x&gt;A book&lt;/ref&gt; ({{audio}}).&lt;!-- hidden --&gt;\n* an item\n"
        "== Heading ==\n[[File:leeds.jpg|thumb|A view]]It is [https://example.org old].\n"
    )
    page = f"<page><title>Leeds</title><text bytes='9'>{text}</text></page>"
    with bz2.open(folder / "enwiki-latest-shortened.bz2", "wt", encoding="utf-8") as file:
        file.write(page)
    assert list(articles(tmp_path)) == ["Leeds is a city in Yorkshire .", "It is old."]


def test_a_definition_loses_its_headword_and_grammar(tmp_path: Path) -> None:
    folder = tmp_path / "usr" / "share" / "dictd"
    folder.mkdir(parents=True)
    text = (
        "Hurl \\Hurl\\ (h[^u]rl), v. t. [OE. hurlen.]\n   1. To send whirling through the air; to\n"
        "      throw with violence. [1913 Webster]\n\n"
        "Hurl \\Hurl\\, n.\n   A throw, as others write. [WordNet 1.5]\n"
    )
    with gzip.open(folder / "gcide.dict.dz", "wb") as file:
        file.write(text.encode())
    assert prose(definitions(tmp_path)) == [
        "To send whirling through the air; to throw with violence."
    ]


def _rdb(*strings: str) -> bytes:
    """An object of R's database that holds these strings."""
    body = b"".join(
        b"\x00\x04\x00\x09" + struct.pack(">I", len(one.encode())) + one.encode() for one in strings
    )
    packed = zlib.compress(body)
    return struct.pack(">I", len(body)) + packed


def test_novels_are_read_out_of_packages_of_r(tmp_path: Path) -> None:
    library = tmp_path / "usr" / "lib" / "R" / "site-library"
    files = {
        "janeaustenr": _rdb("It was a _truth_.", "", "She did not", "answer him."),
        "tokenizers": _rdb("short", "licence *** START\n\nCall me Ishmael.\n\n*** END licence"),
    }
    for name, data in files.items():
        (library / name / "data").mkdir(parents=True)
        (library / name / "data" / "Rdata.rdb").write_bytes(data)
    found = [one for one in novels(tmp_path) if one]
    assert found == ["It was a truth.", "She did not answer him.", "Call me Ishmael."]
