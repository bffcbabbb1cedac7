# The public names and where they live: read by type checkers, and by lazy_loader when a name is first used.
from .assemble import (
    render as render,
    sections_of as sections_of,
)
from .data import (
    Answered as Answered,
    ReportData as ReportData,
    ReportNight as ReportNight,
    ReportSearch as ReportSearch,
    Texts as Texts,
    Unanswered as Unanswered,
)
from .field_page import (
    field_page_html as field_page_html,
    render_field_page as render_field_page,
)
from .map_page import (
    map_page_html as map_page_html,
    render_map_page as render_map_page,
)
from .map_picture import (
    map_svg as map_svg,
    render_map_picture as render_map_picture,
)
from .page import (
    Page as Page,
    page_html as page_html,
    write_page as write_page,
)
from .plan_sheet import (
    plan_sheet_html as plan_sheet_html,
    render_plan_sheet as render_plan_sheet,
)
from .section import (
    AnswerKind as AnswerKind,
    Figure as Figure,
    Section as Section,
    Table as Table,
)
from .sections.agreement import (
    agreement_page as agreement_page,
    agreement_section as agreement_section,
)
from .sections.claims import (
    claims_section as claims_section,
    render_claims_page as render_claims_page,
)
