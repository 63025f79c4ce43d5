"""The report as RDF: a SHACL validation report, and an EARL assertion for every outcome.

Owns: the mapping of the report's values to SHACL, EARL, PROV and DutyGraph terms.
Must not: parse RDF, or know one outcome from another beyond their names.

Any SHACL tool reads the first half: `sh:result` for each finding, and one with the severity
`code:undecided-result` for each row that could not be told or tested, so that `sh:conforms` is
false by SHACL's own rule (https://www.w3.org/TR/shacl/#results-validation-report). The focus is
the authority and the value is the subject. A result comes from DESIGN's table of outcomes and not
from one constraint alone, hence a constraint component of our own.

Nodes without an address are blank nodes, labelled and written in the report's own order, so that
two runs give the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator

from dutygraph.description import UNNAMED
from dutygraph.renderings.phrases import plain
from dutygraph.report import Json
from dutygraph.terms import BASE, CODE, DCT, DG, EARL, PROV, RDF, RULE, SH, XSD
from dutygraph.triples import BlankNode, Literal, NamedNode, RdfFormat, Term, Triple, serialize

_PREFIXES = {
    "code": CODE.base,
    "dct": DCT.base,
    "dg": DG.base,
    "earl": EARL.base,
    "prov": PROV.base,
    "rule": RULE.base,
    "sh": SH.base,
    "xsd": XSD.base,
}
_SEVERITIES = {
    "violation": SH.Violation,
    "warning": SH.Warning,
    "info": SH.Info,
    "undecided": CODE["undecided-result"],
}
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]*")


def render_turtle(reports: list[Json]) -> bytes:
    """The reports in Turtle."""
    return _render(reports, RdfFormat.TURTLE)


def render_json_ld(reports: list[Json]) -> bytes:
    """The reports in JSON-LD, expanded: no context has to be fetched."""
    return _render(reports, RdfFormat.JSON_LD)


def render_ntriples(reports: list[Json]) -> bytes:
    """The reports in N-Triples."""
    return _render(reports, RdfFormat.N_TRIPLES)


def render_rdfxml(reports: list[Json]) -> bytes:
    """The reports in RDF/XML."""
    return _render(reports, RdfFormat.RDF_XML)


def triples_of(reports: list[Json]) -> list[Triple]:
    """The statements of the reports, each once, in a stable order.

    Args:
        reports: from `build_report`.
    """
    found = [t for n, r in enumerate(reports, 1) for t in _Report(r, f"report{n}").triples()]
    return list(dict.fromkeys(found))


def _render(reports: list[Json], syntax: RdfFormat) -> bytes:
    return serialize(triples_of(reports), syntax, _PREFIXES)


def _text(value: str) -> Literal:
    """A text in English; a control character would make the RDF/XML no XML."""
    return Literal(plain(value), language="en")


def _day(value: str) -> Literal:
    return Literal(value, datatype=XSD.date)


def _flag(value: bool) -> Literal:
    return Literal("true" if value else "false", datatype=XSD.boolean)


class _Report:
    """The statements of one report; `name` begins the label of each of its blank nodes."""

    def __init__(self, report: Json, name: str) -> None:
        self._report, self._name = report, name
        self._node = BlankNode(name)
        self._software = BlankNode(f"{name}software")
        self._rulebook = BlankNode(f"{name}rulebook")
        self._undecided = [r for r in report["rules"] if r["severity"] == "undecided"]

    def triples(self) -> Iterator[Triple]:
        """Every statement in order."""
        yield from self._head()
        for number, finding in enumerate(self._report["findings"], 1):
            yield from self._finding(number, finding)
        for number, row in enumerate(self._undecided, len(self._report["findings"]) + 1):
            yield from self._undecided_result(number, row)
        for number, row in enumerate(self._report["rules"], 1):
            yield from self._assertion(number, row)

    def _resource(self, value: str) -> Term:
        """A node of the description; one that it left without a name stays without one."""
        if value.startswith(UNNAMED):
            return BlankNode(f"{self._name}unnamed{value.removeprefix(UNNAMED)}")
        return NamedNode(value) if _IRI.fullmatch(value) else _text(value)

    # --- the report as a whole -------------------------------------------------------------------

    def _head(self) -> Iterator[Triple]:
        report, node = self._report, self._node
        yield Triple(node, RDF.type, SH.ValidationReport)
        yield Triple(node, SH.conforms, _flag(report["conforms"]))
        yield Triple(node, DG.verdict, CODE[report["verdict"]])
        yield Triple(node, DCT.description, _text(report["verdictMeaning"]))
        yield Triple(node, DG.asAt, _day(report["asAt"]))
        yield Triple(node, DG.lawDay, _day(report["lawAsAt"]))
        yield Triple(node, DG.assumesComplete, _flag(report["assumed"] == "complete"))
        yield Triple(node, DG.notice, _text(report["notice"]))
        for note in report["notes"]:
            yield Triple(node, DG.note, _text(note))
        structure = self._resource(report["structure"])
        yield Triple(node, PROV.used, structure)
        if report["data"]["hash"]:
            yield Triple(structure, DG.canonicalHash, Literal(report["data"]["hash"]))
        if report["status"]:
            yield Triple(structure, DG.status, CODE[report["status"]])
        for authority in report["authorities"]:
            described = self._resource(authority["iri"])
            yield Triple(node, DCT.subject, described)
            yield Triple(described, DCT.title, _text(authority["name"]))
        yield from self._edition()
        yield from self._tools()

    def _edition(self) -> Iterator[Triple]:
        rulebook, node = self._report["rulebook"], self._rulebook
        yield Triple(self._node, DCT.conformsTo, node)
        yield Triple(node, RDF.type, DG.Rulebook)
        yield Triple(node, PROV.specializationOf, NamedNode(BASE + "rulebook"))
        yield Triple(node, DG.version, Literal(rulebook["version"]))
        yield Triple(node, DG.canonicalHash, Literal(rulebook["hash"]))
        yield Triple(node, DG.lawAsAt, _day(rulebook["lawAsAt"]))
        yield Triple(node, DG.howToDispute, _text(rulebook["howToDispute"]))

    def _tools(self) -> Iterator[Triple]:
        engine = BlankNode(f"{self._name}engine")
        yield Triple(self._node, PROV.wasAttributedTo, self._software)
        yield Triple(self._software, RDF.type, EARL.Software)
        yield Triple(self._software, DCT.title, _text(self._report["software"]))
        yield Triple(self._software, DCT.requires, engine)
        yield Triple(engine, RDF.type, EARL.Software)
        yield Triple(engine, DCT.title, _text(self._report["engine"]))

    # --- results ---------------------------------------------------------------------------------

    def _finding(self, number: int, finding: Json) -> Iterator[Triple]:
        subject = finding["focus"] if finding["focus"] != finding["authority"] else None
        shape = finding.get("shape") or RULE[finding["rule"]].value
        node = yield from self._result(number, finding, subject, finding["severity"], shape)
        yield Triple(node, SH.resultMessage, _text(finding["message"]))
        if finding["remedy"]:
            yield Triple(node, DG.remedy, _text(finding["remedy"]))
        if finding["departure"]:
            yield Triple(node, DG.reason, _text(finding["departure"]["statement"]))

    def _undecided_result(self, number: int, row: Json) -> Iterator[Triple]:
        rule = row | {"rule": row["id"]}
        shape = RULE[row["id"]].value
        node = yield from self._result(number, rule, row["subject"], "undecided", shape)
        yield Triple(node, SH.resultMessage, _text(f"{row['title']}: {row['reason']}"))

    def _result(
        self, number: int, about: Json, subject: str | None, severity: str, shape: str
    ) -> Generator[Triple, None, BlankNode]:
        """What SHACL asks of every result; returns its node."""
        node = BlankNode(f"{self._name}result{number}")
        yield Triple(self._node, SH.result, node)
        yield Triple(node, RDF.type, SH.ValidationResult)
        yield Triple(node, SH.focusNode, self._resource(about["authority"]))
        if subject:
            yield Triple(node, SH.value, self._resource(subject))
        yield Triple(node, SH.resultSeverity, _SEVERITIES[severity])
        yield Triple(node, SH.sourceShape, NamedNode(shape))
        yield Triple(node, SH.sourceConstraintComponent, DG.OutcomeConstraintComponent)
        yield Triple(node, DCT.conformsTo, RULE[about["rule"]])
        return node

    # --- outcomes --------------------------------------------------------------------------------

    def _assertion(self, number: int, row: Json) -> Iterator[Triple]:
        node = BlankNode(f"{self._name}assertion{number}")
        result = BlankNode(f"{self._name}outcome{number}")
        yield Triple(node, RDF.type, EARL.Assertion)
        yield Triple(node, DCT.isPartOf, self._node)
        yield Triple(node, EARL.assertedBy, self._software)
        yield Triple(node, EARL.subject, self._resource(row["authority"]))
        yield Triple(node, EARL.test, RULE[row["id"]])
        yield Triple(node, EARL.mode, EARL[row["mode"]])
        yield Triple(node, EARL.result, result)
        yield Triple(result, RDF.type, EARL.TestResult)
        yield Triple(result, EARL.outcome, EARL[row["outcome"]])
        if row["subject"]:
            yield Triple(result, EARL.pointer, self._resource(row["subject"]))
        if row["reason"]:
            yield Triple(result, DCT.description, _text(row["reason"]))
        yield Triple(result, DG.assumesComplete, _flag(row["assumed"]))
        yield from self._grounds(result, row)

    def _grounds(self, result: BlankNode, row: Json) -> Iterator[Triple]:
        """What an outcome rests on, leaves open and waits for."""
        if row["basis"]:
            yield Triple(result, DG.basis, CODE[row["basis"]])
        for caveat in row["caveats"]:
            yield Triple(result, DG.caveat, _text(caveat))
        for fact in row["facts"]:
            yield Triple(result, EARL.info, _text(fact["statement"]))
            if fact["node"]:
                yield Triple(result, PROV.wasDerivedFrom, self._resource(fact["node"]))
            for source in fact["sources"]:
                yield Triple(result, DCT.source, self._resource(source))
        for ask in row["missing"]:
            yield Triple(result, DG.missingFact, _text(ask["fact"]))
