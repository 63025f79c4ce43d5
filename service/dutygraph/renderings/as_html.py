"""The report as one accessible page, with no script.

Owns: the template environment of the packaged pages and the report's page. Must not: trust an
address from data. Only http and https addresses become links (SECURITY S19); Jinja escapes the rest.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dutygraph.renderings import (
    agreement_forms,
    comparison_forms,
    phrases,
    repair_forms,
    what_if_forms,
)
from dutygraph.report import Json
from dutygraph.terms import BASE

WEB = Path(__file__).parents[1] / "web"
TEMPLATES = WEB / "templates"
STYLE = WEB / "static" / "style.css"
_BAR_WIDTH = 600.0


def render(
    reports: list[Json], *, stylesheet: str | None = None, rules_at: str | None = None
) -> bytes:
    """The page of one or more reports.

    Args:
        reports: from `build_report`.
        stylesheet: the address of the style sheet; None puts it into the page, which then needs
            no other file and allows itself none.
        rules_at: the address under which rule pages answer, such as "/rules/"; None for no links.
    """
    return _page("report.html", stylesheet, rules_at=rules_at, reports=reports)


def coverage_page(
    covered: dict[str, Any], *, stylesheet: str | None = None, rules_at: str | None = None
) -> bytes:
    """The page of the coverage map.

    Args:
        covered: from `explaining.coverage_map`.
        stylesheet, rules_at: as for `render`.
    """
    return _page("coverage.html", stylesheet, rules_at=rules_at, covered=covered)


def comparison_page(
    compared: Json, *, stylesheet: str | None = None, rules_at: str | None = None
) -> bytes:
    """The page of a comparison of options.

    Args:
        compared: from `comparing.compare`.
        stylesheet, rules_at: as for `render`.
    """
    return _page(
        "comparison.html",
        stylesheet,
        rules_at=rules_at,
        compared=compared,
        letters=comparison_forms.letters(compared),
        titles={o["structure"]: o["title"] for o in compared["options"]},
        change_headings=comparison_forms.CHANGE_HEADINGS,
        commitment_names=comparison_forms.COMMITMENT_NAMES,
        same_for_several=comparison_forms.same_for_several,
        beside_each_score=comparison_forms.beside_each_score,
    )


def what_if_page(
    found: Json, *, stylesheet: str | None = None, rules_at: str | None = None
) -> bytes:
    """The page of what a change would do.

    Args:
        found: from `whatif.what_if`.
        stylesheet, rules_at: as for `render`.
    """
    values = what_if_forms.page_values(found)
    return _page("what-if.html", stylesheet, rules_at=rules_at, **values)


def repairs_page(
    found: Json, *, stylesheet: str | None = None, rules_at: str | None = None
) -> bytes:
    """The page of repairs.

    Args:
        found: from `repairing.repairs`.
        stylesheet, rules_at: as for `render`.
    """
    return _page(
        "repairs.html",
        stylesheet,
        rules_at=rules_at,
        found=found,
        effect_names=repair_forms.EFFECTS,
        names_of=repair_forms.names_of,
        summary_of=repair_forms.summary_of,
    )


def agreement_page(
    agreed: Json, *, stylesheet: str | None = None, rules_at: str | None = None
) -> bytes:
    """The page of whether sides agree.

    Args:
        agreed: from `agreeing.agree`.
        stylesheet, rules_at: as for `render`.
    """
    return _page(
        "agreement.html",
        stylesheet,
        rules_at=rules_at,
        agreed=agreed,
        title=agreement_forms.title(agreed),
        names=agreement_forms.names(agreed),
        opening=agreement_forms.opening(agreed),
        paired_by=agreement_forms.paired_by,
        tags=agreement_forms.TAGS,
    )


def _page(template: str, stylesheet: str | None, **values: Any) -> bytes:
    """A page with a style sheet of its own inside it, where it is not given the address of one."""
    inline = None if stylesheet else STYLE.read_text(encoding="utf-8")
    page = environment().get_template(template)
    return page.render(
        stylesheet=stylesheet,
        inline_style=inline,
        style_hash=_style_hash(inline) if inline else None,
        **values,
    ).encode()


@cache
def environment() -> Environment:
    """The templates, with autoescape on and every missing value an error."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "day": phrases.day,
        "place": phrases.place,
        "plain": phrases.plain,
        "sentence": phrases.sentence,
        "web_address": web_address,
    }
    made.globals |= {"phrases": phrases, "bar": bar, "origins": origins}
    return made


def web_address(address: str | None) -> str | None:
    """The address where it may be linked to, None where it is not http or https."""
    try:
        parts = urlsplit(address or "")
    except ValueError:
        return None
    return address if parts.scheme in ("http", "https") and parts.netloc else None


def origins(sources: list[str]) -> dict[str, Any]:
    """The sources of a fact: those of ours in words, those elsewhere on the web as addresses."""
    links = [s for s in sources if web_address(s) and not s.startswith(BASE)]
    return {"words": phrases.places(s for s in sources if s not in links), "links": links}


def bar(summary: dict[str, int]) -> list[tuple[str, float, float]]:
    """The segments of the bar of outcomes: outcome, start and width, out of 600."""
    total = sum(summary.values()) or 1
    segments, start = [], 0.0
    for outcome in phrases.OUTCOME_NAMES:
        width = _BAR_WIDTH * summary[outcome] / total
        if width:
            segments.append((outcome, round(start, 2), round(width, 2)))
        start += width
    return segments


def _style_hash(style: str) -> str:
    """The source expression by which a content security policy allows one inline style sheet."""
    digest = hashlib.sha256(style.encode()).digest()
    return "sha256-" + base64.b64encode(digest).decode()
