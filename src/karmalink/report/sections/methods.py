"""How it was made: nulls, settings, versions, seeds; and which texts this file contains."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

from karmalink import __version__
from karmalink.link import LagCurve, PairsResult, StrangerResult
from karmalink.report import words
from karmalink.report.data import Answered, ReportData, Texts
from karmalink.report.section import AnswerKind, Column, Fold, Prose, Section, SectionPart, Table, Widget

__all__ = ["limits_section", "methods_section", "texts_notice"]

# What this does not show.

ALWAYS: tuple[str, ...] = (
    "No result here says that a memory passes from one life to another. A link says that a dream and a day agree "
    "more than chance explains; how one came into the other is not in these data.",
    "Nothing here is certain about a single dream. Rates hold over many nights; any single link can be a coincidence.",
)
WITH_MAP = (
    "The map does not say where the thing is. It says where to look first if the witnesses are about as reliable "
    "as assumed; it can lie elsewhere."
)


def limits_section(data: ReportData) -> Section:
    """Return what a reader must not take from this report."""
    limits = [*ALWAYS, *([WITH_MAP] if data.search else []), *data.does_not_show]
    tests = [
        text for one in data.answered if not isinstance(one.result, StrangerResult) for text in one.result.does_not_show
    ]
    blocks: list[SectionPart] = [Widget("points", list(dict.fromkeys(limits)))]
    if tests:
        blocks += [Prose("What the tests of links do not show:"), Widget("points", list(dict.fromkeys(tests)))]
    return Section(
        id="limits",
        question="What does this not show?",
        title="What this does not show",
        lead="",
        answer=AnswerKind.CONTEXT,
        blocks=tuple(blocks),
    )


_PACKAGES = ("numpy", "scipy", "mne", "yasa", "shapely", "pyproj", "altair")


def methods_section(data: ReportData) -> Section:
    """Return methods, versions and seeds."""
    blocks: list[SectionPart] = []
    if data.answered:
        blocks.append(_questions(data))
    if data.seeds:
        rows = tuple((name, str(seed)) for name, seed in sorted(data.seeds.items()))
        blocks.append(
            Table("Seeds: they reproduce the same numbers", (Column("Of"), Column("Seed", number=True)), rows)
        )
    blocks.append(Fold("Versions and settings", (_versions(data), *_settings(data))))
    blocks.append(Prose(texts_notice(data)))
    return Section(
        id="methods",
        question="How was it made?",
        title="Methods, versions, seeds, and the texts in this file",
        lead="Every test names its null: the comparison that shows what chance alone would give.",
        answer=AnswerKind.CONTEXT,
        blocks=tuple(blocks),
    )


def texts_notice(data: ReportData) -> str:
    """Return which texts of people the file contains, in one sentence."""
    links = sum(len(one.result.links) for one in data.answered if isinstance(one.result, PairsResult))
    if data.texts is Texts.NONE or (data.texts is Texts.UNITS and not links):
        return "This file contains no text of a person."
    if data.texts is Texts.UNITS:
        return "Of people’s texts, this file contains only the matching sentences of the links it shows."
    return (
        f"This file contains the full texts of {words.count(len(data.accounts), 'account')} and the matching "
        "sentences of the links it shows: treat it like the texts themselves."
    )


def _questions(data: ReportData) -> Table:
    columns = (Column("Question"), Column("Null"), Column("Answer"), Column("Data"))
    return Table(
        "The questions, and the null that each was tested against",
        columns,
        tuple(_question(one) for one in data.answered),
    )


def _question(one: Answered) -> tuple[str, str, str, str]:
    result = one.result
    if isinstance(result, PairsResult):
        data = f"{result.n_nights} nights, {result.n_days} days, {result.lags} days each way"
        data += f", q\u00a0=\u00a0{words.number(result.q)}"
        if result.convention:
            reading = result.convention.replace("_", " ")
            data += f"; dates of unknown meaning read as {reading}, the less favourable of both readings"
    elif isinstance(result, LagCurve):
        data = f"{result.n_nights} nights, {result.n_days} days"
    else:
        data = f"{result.n_accounts} accounts, {len(result.lives)} lives"
    return one.question, result.null, str(result.verdict).replace("_", " "), data


def _versions(data: ReportData) -> Table:
    versions = {"karmalink": __version__, "python": platform.python_version(), **data.versions}
    for name in _PACKAGES:
        try:
            versions.setdefault(name, version(name))
        except PackageNotFoundError:
            continue
    return Table("Versions", (Column("Software"), Column("Version", number=True)), tuple(versions.items()))


def _settings(data: ReportData) -> tuple[Table, ...]:
    rows = [("the report", name, _setting(value)) for name, value in data.settings.items()]
    for answered in data.answered:
        settings = getattr(answered.result, "settings", {})
        rows += [(answered.question, name.replace("_", " "), _setting(value)) for name, value in settings.items()]
    if not rows:
        return ()
    return (Table("Settings", (Column("Of"), Column("Setting"), Column("Value")), tuple(rows)),)


def _setting(value: object) -> str:
    """Return the value of a setting: numbers with four digits, tables as a list of their entries."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_setting(inner)}" for name, inner in value.items())
    return f"{value:.4g}" if isinstance(value, float) else str(value)
