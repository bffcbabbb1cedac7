# The public names and where they live: read by type checkers, and by lazy_loader when a name is first used.
from .columns import (
    Columns as Columns,
    heading_key as heading_key,
)
from .delimited import (
    join_cells as join_cells,
    split_cells as split_cells,
)
from .fields import (
    Field as Field,
    Refused as Refused,
    Row as Row,
    Spec as Spec,
    shown as shown,
)
from .formats import (
    Cells as Cells,
    FORMATS as FORMATS,
    Sheet as Sheet,
)
from .frames import (
    TableSource as TableSource,
    frame_sheet as frame_sheet,
    is_frame as is_frame,
    place_of as place_of,
)
from .notes import (
    FileNote as FileNote,
    LeftOutWarning as LeftOutWarning,
    Notes as Notes,
    warn_of as warn_of,
)
from .parsers import (
    clock as clock,
    identifier as identifier,
    integer as integer,
    iso_day as iso_day,
    number as number,
    one_of as one_of,
    text as text,
    word as word,
    words as words,
    yes_no as yes_no,
)
from .reader import (
    Gathered as Gathered,
    columns_of as columns_of,
    gather_rows as gather_rows,
    read_rows as read_rows,
    read_sheet as read_sheet,
)
from .records import (
    FileRecords as FileRecords,
    records_of as records_of,
)
from .text_files import (
    read_bytes as read_bytes,
    read_text as read_text,
)
from .writer import (
    write_rows as write_rows,
)
