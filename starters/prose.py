"""More English prose for the masked-word starter, out of packages that hold it.

    python -m starters.prose --packages DIR --out DATA/prose

DIR holds, unpacked (`dpkg -x`, `tar -x`), Debian's r-cran-janeaustenr (Jane Austen's novels),
r-cran-tokenizers (Moby Dick; all of these public domain, from Project Gutenberg) and dict-gcide
(only the entries marked "1913 Webster" are taken: Webster's dictionary of 1913, public domain), and
the source of gensim 4.3.3 from PyPI, whose tests read 206 articles of the English Wikipedia
(CC BY-SA 3.0). Writes a file of each: a sentence or a definition a line, of the articles a
paragraph, which the question answering starter reads too.
"""

import argparse
import bz2
import gzip
import html
import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

SENTENCE_END = re.compile(r"(?<=[.!?][”\"])\s+|(?<=[.!?])(?<!\b(?:Mr|Dr|St|vs)\.)(?<!Mrs\.)\s+")
NOT_PROSE = re.compile(r"[|{}<>=_\[\]]|https?:|\\")


def sentences(paragraph: str) -> list[str]:
    """A paragraph's sentences, on one line each."""
    return SENTENCE_END.split(" ".join(paragraph.split()))


def paragraphs(text: str) -> list[str]:
    """What stands between empty lines."""
    return re.split(r"\n\s*\n", text.replace("\r", ""))


def _strings(file: Path) -> Iterator[list[str]]:
    """The strings of each object in R's database of a package's data.

    A chunk has its length, then a zlib stream in R's serialization, in which a string is a word of
    flags with 9 as its kind, its length and its bytes.
    """
    data = file.read_bytes()
    while data:
        opened = zlib.decompressobj()
        chunk = opened.decompress(data[4:])
        data = opened.unused_data
        found = []
        for match in re.finditer(rb"\x00[\x00\x04][\x00\x40\x80]\x09(....)", chunk, re.DOTALL):
            length = struct.unpack(">I", match[1])[0]
            if match.end() + length <= len(chunk):
                found.append(chunk[match.end() : match.end() + length].decode("utf-8", "replace"))
        yield found


def novels(packages: Path) -> Iterator[str]:
    """Jane Austen's six, and Moby Dick."""
    library = packages / "usr" / "lib" / "R" / "site-library"
    books = ["\n".join(lines) for lines in _strings(library / "janeaustenr/data/Rdata.rdb")]
    moby = max(max(found, key=len) for found in _strings(library / "tokenizers/data/Rdata.rdb"))
    books.append(moby.split("*** START")[-1].split("*** END")[0])
    for book in books:
        for paragraph in paragraphs(book):
            yield from sentences(paragraph.replace("_", "").replace("--", " -- "))


def definitions(packages: Path) -> Iterator[str]:
    """Webster's of 1913: the definitions, without the quotations' authors and grammar."""
    with gzip.open(packages / "usr/share/dictd/gcide.dict.dz") as file:
        text = file.read().decode("utf-8", "replace")
    for paragraph in text.split("\n\n"):
        if "[1913 Webster]" not in paragraph:
            continue
        plain = paragraph.split("[1913 Webster]")[0]
        plain = re.sub(r"^\S.*\\.*(?:\n(?=\S).*)*", "", plain)  # the line of the headword
        plain = re.sub(r"\[[^\]]*\]|\([A-Z][^)]*\)|--[A-Z][\w. ]*|[{}]", " ", plain)
        plain = re.sub(r"^\s*(?:\d+\.|\([a-z]\)|Syn:|Note:)", "", plain)
        yield from sentences(plain)


def articles(packages: Path) -> Iterator[str]:
    """The paragraphs of Wikipedia's articles, without their markup."""
    folder = next(packages.glob("gensim-*")) / "gensim" / "test" / "test_data"
    with bz2.open(next(folder.glob("enwiki-latest*shortened.bz2")), "rt", encoding="utf-8") as file:
        pages = re.findall(r"<text[^>]*>(.*?)</text>", file.read(), re.DOTALL)
    for page in pages:
        text = html.unescape(html.unescape(page))
        text = re.sub(r"<!--.*?-->|<ref[^>]*/>|<ref.*?</ref>|<math.*?</math>", "", text, flags=re.S)
        for _ in range(5):  # nested
            text = re.sub(r"\{\{[^{}]*\}\}|\{\|[^{}]*\|\}", "", text)
            text = re.sub(r"\[\[(?:File|Image|Category):[^\[\]]*\]\]", "", text)
            text = re.sub(r"\[\[(?![A-Za-z]+:)(?:[^|\[\]]*\|)?([^|\[\]]*)\]\]", r"\1", text)
        text = re.sub(r"\[https?:\S+\s?([^\]]*)\]|<[^>]+>|'{2,}", r"\1", text)
        for line in text.splitlines():
            if line and line[0] not in "*#:;|!={}[ ":
                yield re.sub(r"\(\s*[;,]?\s*\)", "", line)  # where a template stood


KINDS = {"novels": novels, "definitions": definitions, "articles": articles}


def prose(found: Iterator[str]) -> list[str]:
    """Those that are text, none twice."""
    kept = (" ".join(s.split()) for s in found if len(s.split()) >= 4 and not NOT_PROSE.search(s))
    return list(dict.fromkeys(s for s in kept if re.search(r"[a-z]{2}", s)))


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--packages", type=Path, required=True, help="folder, unpacked")
    parser.add_argument("--out", type=Path, required=True, help="DATA/prose")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, read in KINDS.items():
        lines = prose(read(arguments.packages))
        (arguments.out / f"{name}.txt").write_text("\n".join(lines) + "\n", "utf-8")
        print(f"{name}: {len(lines):,} lines, {sum(map(len, lines)) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
