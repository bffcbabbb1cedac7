"""The doctor's findings: what was measured, what was done about it, and how a person overrides it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from karmalink.errors import UsageError, describe, suggest

if TYPE_CHECKING:
    import pandas as pd

    from karmalink.night.recordings.recording import Recording

__all__ = ["SEVERITIES", "UNCHANGED", "DoctorReport", "Finding", "Override", "parse_overrides"]

SEVERITIES = ("note", "corrected", "warning", "unusable")
"""A remark; a fault that was corrected; a fault that needs your decision; a channel that cannot be used."""

UNCHANGED = "unchanged, by your override"
"""What a finding says was done where a person overrode it."""

_FORMER_SEVERITIES = {"mended": "corrected"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the doctor found.

    Attributes
    ----------
    check : str
        Name of the check, a key of `karmalink.night.doctor.examination.CHECKS`.
    severity : str
        One of `SEVERITIES`.
    channel : str
        The channel it is about; empty for the recording as a whole.
    evidence : str
        What was measured.
    done : str
        What was done about it.
    override : str
        What to pass as ``--override`` (or in ``override=``); empty where there is nothing to override.
    """

    check: str
    severity: str
    channel: str
    evidence: str
    done: str
    override: str = ""

    def __post_init__(self) -> None:
        """Read a severity stored under its former name."""
        object.__setattr__(self, "severity", _FORMER_SEVERITIES.get(self.severity, self.severity))

    def to_dict(self) -> dict[str, str]:
        """Return the fields, JSON-ready."""
        return {name: getattr(self, name) for name in self.__slots__}

    def __str__(self) -> str:
        """Return one line: ``units, C3-A1: evidence; done``."""
        about = f"{self.check}, {self.channel}" if self.channel else self.check
        return f"{about}: {self.evidence}; {self.done}"


@dataclass(frozen=True, slots=True)
class Override:
    """A person's decision against a check: ``check[:channel][=value]``; without a value the check changes nothing."""

    check: str
    channel: str = ""
    value: str = ""

    def covers(self, check: str, channel: str) -> bool:
        """Whether the override applies to this check on this channel."""
        return self.check == check and self.channel in {"", channel}


@dataclass(frozen=True, eq=False, repr=False)
class DoctorReport:
    """The findings in a recording, and the corrected recording.

    Attributes
    ----------
    recording : Recording
        The corrected recording.
    findings : tuple of Finding
        In the order of the checks.
    """

    recording: Recording
    findings: tuple[Finding, ...]

    def of_severity(self, *severities: str) -> tuple[Finding, ...]:
        """Return the findings of these severities."""
        return tuple(finding for finding in self.findings if finding.severity in severities)

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per finding."""
        import pandas as pd

        return pd.DataFrame([finding.to_dict() for finding in self.findings], columns=list(Finding.__slots__))

    def to_dict(self) -> dict[str, Any]:
        """Return the corrected recording's description and the findings, JSON-ready."""
        return {"recording": self.recording.to_dict(), "findings": [finding.to_dict() for finding in self.findings]}

    def __repr__(self) -> str:
        """One-line summary."""
        counts = [f"{len(self.of_severity(name))} {name}" for name in SEVERITIES if self.of_severity(name)]
        return f"<DoctorReport {self.recording.label}: {', '.join(counts) or 'nothing found'}>"


def parse_overrides(texts: Iterable[str], checks: Iterable[str]) -> tuple[Override, ...]:
    """Return the overrides of `texts`, each ``check``, ``check:channel``, ``check=value`` or ``check:channel=value``.

    Raises
    ------
    UsageError
        Unknown check.
    """
    known = tuple(checks)
    overrides = []
    for text in texts:
        head, _, value = text.partition("=")
        check, _, channel = head.partition(":")
        if check.strip() not in known:
            raise UsageError(
                f"unknown check {describe(check)}",
                where=f"--override {text}",
                rule="check[:channel][=value]",
                allowed=known,
                next_step=suggest(check, known),
            )
        overrides.append(Override(check.strip(), channel.strip(), value.strip()))
    return tuple(overrides)
