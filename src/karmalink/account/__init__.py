"""Account: what did they say? Texts with dates, their units, names, numbers and features. Knows no study."""

from __future__ import annotations

from karmalink.account.account import Account
from karmalink.account.dates import CALENDARS, DateMeans, Precision, When, parse_when
from karmalink.account.features.encoders import ENCODERS, Encoder, EncoderInfo, EncoderRow, LexicalEncoder, load_encoder
from karmalink.account.features.feature_registry import FEATURE_KINDS, FEATURES, Feature
from karmalink.account.features.feature_table import FeatureTable, features_of
from karmalink.account.features.writing import WRITING_BLOCKS, WritingSpace
from karmalink.account.files.tables import read_accounts, read_lives, write_accounts, write_lives
from karmalink.account.files.timed import TimedUnit, read_timed
from karmalink.account.language.lexical import WEIGHTINGS, Vocabulary, strip_leaks, tokens
from karmalink.account.language.names import Gazetteer, Mention, MentionKind, find_mentions, mask_mentions
from karmalink.account.language.negation import assert_only, denied_spans
from karmalink.account.language.retelling import (
    DreamMention,
    WhyNot,
    accounts_of_mentions,
    cut_retellings,
    find_dream_mentions,
)
from karmalink.account.language.units import Grain, Unit, split_units
from karmalink.account.language.views import VIEWS, View, viewed
from karmalink.account.life import LIFE_KINDS, Entry, Life, lives_of

__all__ = [
    "CALENDARS",
    "ENCODERS",
    "FEATURES",
    "FEATURE_KINDS",
    "LIFE_KINDS",
    "VIEWS",
    "WEIGHTINGS",
    "WRITING_BLOCKS",
    "Account",
    "DateMeans",
    "DreamMention",
    "Encoder",
    "EncoderInfo",
    "EncoderRow",
    "Entry",
    "Feature",
    "FeatureTable",
    "Gazetteer",
    "Grain",
    "LexicalEncoder",
    "Life",
    "Mention",
    "MentionKind",
    "Precision",
    "TimedUnit",
    "Unit",
    "View",
    "Vocabulary",
    "When",
    "WhyNot",
    "WritingSpace",
    "accounts_of_mentions",
    "assert_only",
    "cut_retellings",
    "denied_spans",
    "features_of",
    "find_dream_mentions",
    "find_mentions",
    "lives_of",
    "load_encoder",
    "mask_mentions",
    "parse_when",
    "read_accounts",
    "read_lives",
    "read_timed",
    "split_units",
    "strip_leaks",
    "tokens",
    "viewed",
    "write_accounts",
    "write_lives",
]
