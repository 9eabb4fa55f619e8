"""The picture of the point under the pointer, for any plotly chart, without a server trip."""

from ui.base.sprite_sheets import COLUMNS
from ui.components.register import register

_mount = register(__file__)


def hover_picture(chart_key: str, sheet: str) -> None:
    """Shows the picture of the hovered point of `st.plotly_chart(key=chart_key)`.

    It appears beside the pointer. A point's `customdata` is its number in the published
    sheet, or a list that starts with it; a second entry is shown as the caption, else the
    name of its trace and that number.
    """
    _mount(
        key=f"hover_{chart_key}",
        width="content",
        data={"chart": chart_key, "sheet": f"sprites/{sheet}.png", "columns": COLUMNS},
    )
