from __future__ import annotations

import pytest

from app.errors import EncodingError, InputError, MalformedDocument, UnsafeDocument
from app.text import BlockKind as Kind
from app.text import Document
from tests.documents.reading import check_blocks, headings_of, kind_of, read

ARTICLE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE article PUBLIC "-//NLM//DTD JATS v1.2//EN" "JATS-archivearticle1.dtd">
<article xmlns:xlink="http://www.w3.org/1999/xlink" xml:lang="en">
<front><journal-meta><journal-title-group><journal-title>Journal of Examples</journal-title>
</journal-title-group></journal-meta>
<article-meta><article-id pub-id-type="doi">10.1234/ex.1</article-id>
<title-group><article-title>Fever From a <italic>Brucella</italic> Farm</article-title>
</title-group>
<contrib-group>
<contrib contrib-type="author"><name><surname>Berg</surname><given-names>Nina</given-names></name>
<xref ref-type="aff" rid="a2"/></contrib>
<contrib contrib-type="author"><name><surname>Dahl</surname><given-names>Tor</given-names></name>
<xref ref-type="aff" rid="a1"><sup>1</sup></xref></contrib></contrib-group>
<aff id="a1"><label>1</label>Example Hospital, Bergen</aff>
<aff id="a2"><label>2</label>Example University, Oslo</aff>
<pub-date pub-type="collection"><year>2020</year></pub-date>
<pub-date pub-type="epub"><day>7</day><month>3</month><year>2020</year></pub-date>
<permissions><license xlink:href="https://creativecommons.org/licenses/by/4.0/">
<license-p>CC</license-p>
</license></permissions>
<abstract><sec><title>Background</title><p>Brucellosis is rare.</p></sec>
<sec><title>Case summary</title><p>A farmer had fever.</p></sec></abstract>
<kwd-group><kwd>fever</kwd><kwd>farm</kwd></kwd-group></article-meta></front>
<body>
<sec sec-type="intro"><title>Why we write</title>
<p>It is rare<xref ref-type="bibr" rid="r1">1</xref>
and treatable (<xref ref-type="bibr" rid="r1">1</xref>).</p></sec>
<sec><label>2.</label><title>Case Presentation</title>

<p>A 44-year-old farmer had 12 &#xD7; 10<sup>9</sup>/L cells&nbsp;and CD4<sup>+</sup> T cells;
SpO<sub>2</sub> was
 97%<fn><p>a footnote</p></fn>.<fig id="f1">
<label>Figure 1</label><caption><p>A chest film.</p></caption></fig>
 He slept <inline-formula><tex-math>x^2</tex-math></inline-formula>well.</p>
<sec><title>Treatment at home</title><p>He was given:<list><list-item><p>doxycycline</p></list-item>
<list-item><p>rifampicin</p></list-item></list></p></sec>
<table-wrap><label>Table 1</label><caption><title>Values</title></caption>
<table>
<tr><th>Test</th><th>Day 1</th></tr><tr><td>CRP</td><td>120 mg/L</td></tr></table></table-wrap>
</sec>
<sec sec-type="discussion"><title>Discussion</title>
<sec><title>Other farms</title>
<p>Cows differ.</p></sec></sec>
<sec><title>Ethics Statement</title><p>Written consent was given.</p></sec>
</body>
<back><ack><p>We thank the cows.</p></ack>
<ref-list><ref id="r1"><label>1</label><mixed-citation><name><surname>Ek</surname>
<given-names>A</given-names></name>
<article-title>Cows</article-title> <year>2001</year></mixed-citation></ref></ref-list></back>
</article>"""


@pytest.fixture(scope="module")
def article() -> Document:
    return read(ARTICLE.encode(), "application/xml")


def test_kinds(article: Document) -> None:
    check_blocks(article)
    expected = {
        "Fever From a Brucella Farm": Kind.TITLE,
        "Nina Berg, Tor Dahl": Kind.AUTHORS,
        "Example University, Oslo": Kind.AFFILIATION,
        "Brucellosis is rare": Kind.INTRODUCTION,
        "A farmer had": Kind.ABSTRACT,
        "fever, farm": Kind.KEYWORDS,
        "It is rare": Kind.INTRODUCTION,
        "A 44-year-old": Kind.CASE,
        "Figure 1. A chest film.": Kind.LEGEND,
        "doxycycline": Kind.CASE,
        "CRP | 120 mg/L": Kind.TABLE,
        "Cows differ": Kind.DISCUSSION,
        "Written consent": Kind.STATEMENTS,
        "We thank": Kind.ACKNOWLEDGEMENT,
        "2001": Kind.REFERENCES,
    }
    assert {words: kind_of(article, words) for words in expected} == expected
    assert headings_of(article, "doxycycline") == ("2. Case Presentation", "Treatment at home")


def test_running_text(article: Document) -> None:
    assert "It is rare¹ and treatable (1)." in article.text
    assert "12 × 10⁹/L cells and CD4⁺ T cells; SpO2 was 97%" in article.text
    assert "footnote" not in article.text
    assert "x^2" not in article.text
    assert "He slept well." in article.text


def test_article(article: Document) -> None:
    found = article.article
    assert found.title == "Fever From a Brucella Farm"
    assert [(a.name, a.family, a.given, a.affiliations) for a in found.authors] == [
        ("Nina Berg", "Berg", "Nina", (1,)),
        ("Tor Dahl", "Dahl", "Tor", (0,)),
    ]
    assert found.affiliations == ("Example Hospital, Bergen", "Example University, Oslo")
    assert (found.journal, found.doi, found.published, found.language) == (
        "Journal of Examples",
        "10.1234/ex.1",
        "2020-03-07",
        "en",
    )
    assert found.licence == "https://creativecommons.org/licenses/by/4.0/"
    assert article.original == ARTICLE.encode()


def test_sniffed_wrapped_and_in_a_namespace(article: Document) -> None:
    inner = ARTICLE.split("<article ", 1)[1]
    for wrapped in (
        f"<pmc-articleset><article {inner}</pmc-articleset>",
        '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><GetRecord><record><metadata>'
        f'<article xmlns="https://jats.nlm.nih.gov/ns/archiving/1.3/" {inner}'
        "</metadata></record></GetRecord></OAI-PMH>",
    ):
        body = wrapped.replace("&nbsp;", "&#160;")
        assert read(body.encode()).text == article.text


@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE a [<!ENTITY x "lol"><!ENTITY y "&x;&x;">]><article>&y;</article>',
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><article>&x;</article>',
        b'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://example.org/x.dtd"> %x;]><article/>',
        '<!DOCTYPE a [<!ENTITY x "y">]><article/>'.encode("utf-16"),
    ],
)
def test_entities_are_refused(data: bytes) -> None:
    with pytest.raises(UnsafeDocument):
        read(data, "application/xml")


def test_external_dtd_is_not_fetched() -> None:
    text = ARTICLE.replace("JATS-archivearticle1.dtd", "file:///nowhere/evil.dtd")
    assert kind_of(read(text.encode()), "A 44-year-old") is Kind.CASE


def test_broken_xml_has_its_place() -> None:
    with pytest.raises(MalformedDocument) as caught:
        read(b"<article>\n<front></article>", "text/xml")
    assert caught.value.place is not None
    assert caught.value.place.startswith("line 2, column")


@pytest.mark.parametrize(
    "data",
    [
        b"<note><p>A man had fever.</p></note>",
        b"<pmc-articleset><article><front/></article><article><front/></article></pmc-articleset>",
        b"<article>" + b"<sec>" * 5000 + b"</sec>" * 5000 + b"</article>",
        b"<article>" + b"<sec>" * 220 + b"</sec>" * 220 + b"</article>",
        b"not xml",
    ],
)
def test_xml_that_is_no_article(data: bytes) -> None:
    with pytest.raises(MalformedDocument):
        read(data, "application/jats+xml")


def test_declared_encoding() -> None:
    latin = ARTICLE.replace("UTF-8", "ISO-8859-1").replace("Nina", "Zoë")
    assert "Zoë Berg" in read(latin.encode("latin-1")).text
    with pytest.raises(EncodingError):
        read(latin.replace("ISO-8859-1", "martian").encode("latin-1"))


@pytest.mark.parametrize("cut", range(0, len(ARTICLE), 97))
def test_truncated_anywhere(cut: int) -> None:
    with pytest.raises(InputError):
        read(ARTICLE[:cut].encode(), "application/xml")
