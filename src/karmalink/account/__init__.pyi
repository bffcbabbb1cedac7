# The public names and where they live: read by type checkers, and by lazy_loader when a name is first used.
from .account import (
    Account as Account,
)
from .dates import (
    CALENDARS as CALENDARS,
    DateMeans as DateMeans,
    Precision as Precision,
    When as When,
    parse_when as parse_when,
)
from .features.encoder_registry import (
    ENCODERS as ENCODERS,
    EncoderRow as EncoderRow,
    load_encoder as load_encoder,
)
from .features.encoders import (
    Encoder as Encoder,
    EncoderInfo as EncoderInfo,
    LexicalEncoder as LexicalEncoder,
)
from .features.feature_registry import (
    FEATURES as FEATURES,
    FEATURE_KINDS as FEATURE_KINDS,
    Feature as Feature,
)
from .features.feature_table import (
    FeatureTable as FeatureTable,
    features_of as features_of,
)
from .features.writing import (
    WRITING_BLOCKS as WRITING_BLOCKS,
    WritingSpace as WritingSpace,
)
from .files.reading import (
    Reading as Reading,
)
from .files.statements import (
    read_statements as read_statements,
)
from .files.tables import (
    read_accounts as read_accounts,
    read_lives as read_lives,
    write_accounts as write_accounts,
    write_lives as write_lives,
)
from .files.timed import (
    TimedUnit as TimedUnit,
    read_timed as read_timed,
)
from .language.languages import (
    LANGUAGES as LANGUAGES,
    Language as Language,
    LanguageShare as LanguageShare,
    language_of as language_of,
    languages_in as languages_in,
)
from .language.lexical import (
    Vocabulary as Vocabulary,
    WEIGHTINGS as WEIGHTINGS,
    strip_leaks as strip_leaks,
    tokens as tokens,
)
from .language.names import (
    Gazetteer as Gazetteer,
    Mention as Mention,
    MentionKind as MentionKind,
    find_mentions as find_mentions,
    mask_mentions as mask_mentions,
)
from .language.negation import (
    assert_only as assert_only,
    denied_spans as denied_spans,
)
from .language.retelling import (
    DreamMention as DreamMention,
    WhyNot as WhyNot,
    accounts_of_mentions as accounts_of_mentions,
    cut_retellings as cut_retellings,
    find_dream_mentions as find_dream_mentions,
)
from .language.units import (
    Grain as Grain,
    Unit as Unit,
    split_units as split_units,
)
from .language.views import (
    VIEWS as VIEWS,
    View as View,
    viewed as viewed,
)
from .life import (
    Entry as Entry,
    LIFE_KINDS as LIFE_KINDS,
    Life as Life,
    lives_of as lives_of,
)
