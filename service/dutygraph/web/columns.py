"""GET /queries/{query_name}/csv-metadata.json and /columns/{table}/csv-metadata.json.

Owns: the metadata of our CSV files as CSV on the Web asks for them: what each column holds. Must not:
describe a column, or give a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from apiflask import APIBlueprint
from flask import Response, request

from dutygraph.columns import TABLES, columns_of, table_of
from dutygraph.renderings import csvw
from dutygraph.web import agree, compare, queries, repair, rules, validate, what_if
from dutygraph.web.described import FILE
from dutygraph.web.parameters import Parameter, read_parameters


@dataclass(frozen=True)
class _Given:
    """Where a table is given.

    Args:
        at: the path.
        parameters: what it takes; the metadata take the same and name the address with them.
        ours: whether its content is ours to license; what was sent to us is not.
        repeated: a parameter that may come several times, with any value.
    """

    at: str
    parameters: Sequence[Parameter]
    ours: bool = True
    repeated: Parameter | None = None


GIVEN = {
    "report": _Given("validate", validate.PARAMETERS, ours=False),
    "comparison": _Given("compare", compare.PARAMETERS, ours=False),
    "agreement": _Given("agree", agree.PARAMETERS, ours=False, repeated=agree.GRAPH),
    "effects": _Given("what-if", what_if.PARAMETERS, ours=False),
    "repairs": _Given("repair", repair.PARAMETERS, ours=False),
    "rules": _Given("rules", rules.PARAMETERS),
    "changes": _Given("rules", rules.PARAMETERS),
    "coverage": _Given("coverage", rules.COVERAGE_PARAMETERS),
    "queries": _Given("queries", queries.PARAMETERS),
}
"""The tables that have an address; that of `query NAME --columns` has none."""
PARAMETERS = tuple(
    {
        p.name: p
        for given in GIVEN.values()
        for p in (*given.parameters, *filter(None, (given.repeated,)))
    }.values()
)

blueprint = APIBlueprint("columns", __name__, tag="Data")


@blueprint.get(f"/queries/<query_name>/{FILE}")
def answer_columns(query_name: str) -> Response:
    """Tell what the columns of a question's CSV hold (CSV on the Web)."""
    read_parameters(request.args.items(multi=True), ())
    asked = queries.named(query_name)
    path = quote(asked.name)
    return _responded(
        csvw.metadata(
            columns_of(asked),
            f"../{path}?format=csv",
            asked.header["Question"],
            source=f"../{path}",
        )
    )


@blueprint.get(f"/columns/<any({','.join(GIVEN)}):table>/{FILE}")
def table_columns(table: str) -> Response:
    """Tell what the columns of another CSV hold (CSV on the Web).

    The parameters are those with which the CSV was asked for; the metadata name its address with them.
    """
    given = GIVEN[table]
    asked = list(request.args.items(multi=True))
    several = given.repeated.name if given.repeated else None
    read_parameters([(k, v) for k, v in asked if k != several], given.parameters)
    url = f"../../{given.at}?{urlencode(asked or [('format', 'csv')])}"
    return _responded(
        csvw.metadata(table_of(table), url, TABLES[table], ours=given.ours, neutralised=True)
    )


def _responded(body: bytes) -> Response:
    response = Response(body, content_type=csvw.MEDIA_TYPE)
    response.headers["Cache-Control"] = "no-cache"
    return response
