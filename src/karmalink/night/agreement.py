"""How far two scorers agree."""

from __future__ import annotations
