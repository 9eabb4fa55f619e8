"""Controls that two or more pages share; each owns its state key and lives in the address."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal

import streamlit as st

from ae_models import datasets
from ae_models.artifacts.card import FAMILIES
from ui.base import url_state
from ui.base.language import LANGUAGES, _, language
from ui.base.model_titles import model_title, model_titles
from ui.base.old_labels import current

SIX = ("pca-32", "undercomplete", "conv", "denoising", "vae", "cvae")  # an overview of the families
FIRST_WITH_CODES = "vae"  # its latent space is regular


def dataset() -> str:
    """The visitor's data set, a key of `datasets.DATASETS`."""
    name = current("data", st.session_state.get("data", ""))
    return name if name in datasets.DATASETS else datasets.DEFAULT


def choose_dataset() -> None:
    """The data set control; ui/shell/front.py shows it once for all pages."""
    titles = {key: _(record.title) for key, record in datasets.DATASETS.items()}
    _choose_for_all_pages(_("Data set"), titles, "data", dataset)


def choose_language() -> None:
    """The language control. It shows each language's own name; the address holds its code."""
    _choose_for_all_pages(_("Language"), LANGUAGES, "lang", language)


def _choose_for_all_pages(
    label: str, names: Mapping[str, str], parameter: str, chosen: Callable[[], str]
) -> None:
    """A choice that holds when the page changes; `chosen` reads it from the address."""
    url_state.keep(parameter)
    key = f"choose_{parameter}"
    st.session_state[key] = chosen()
    st.segmented_control(
        label,
        list(names),
        format_func=names.__getitem__,
        required=True,
        key=key,
        on_change=_hold,
        args=(parameter, key),
    )


def _hold(parameter: str, key: str) -> None:
    st.session_state[parameter] = st.session_state[key]


def choice(
    label: str,
    names: Mapping[str, str],
    key: str,
    *,
    default: str | None = None,
    help: str | None = None,
) -> str:
    """One of several options side by side; `names` maps each key to its shown label."""
    first = default if default is not None and default in names else next(iter(names))
    url_state.restore(key, names, first)
    chosen = st.segmented_control(
        label,
        list(names),
        format_func=lambda name: names.get(name, name),
        required=True,
        key=key,
        help=help,
        wrap=True,
    )
    return _recorded(key, chosen, names, first)


def pick(
    label: str,
    names: Mapping[str, str],
    key: str,
    *,
    default: str | None = None,
    width: int | Literal["stretch"] = "stretch",
    on_change: Callable[[], None] | None = None,
) -> str:
    """One of many options in a list that unfolds; `names` maps each key to its shown label."""
    first = default if default is not None and default in names else next(iter(names))
    url_state.restore(key, names, first)
    chosen = st.selectbox(
        label,
        list(names),
        format_func=lambda name: names.get(name, name),
        key=key,
        width=width,
        on_change=on_change,
    )
    return _recorded(key, chosen, names, first)


def _recorded(key: str, chosen: str | None, names: Mapping[str, str], first: str) -> str:
    """What was chosen, once it is in the address; a browser may send what is on no list."""
    found = chosen if chosen is not None and chosen in names else first
    url_state.record(key, [found], [first])
    return found


def several(
    label: str,
    names: Mapping[str, str],
    key: str,
    *,
    default: Sequence[str] = (),
    none: str | None = None,
    width: int = 300,
) -> list[str]:
    """Some of many options, in their order; `none` is shown where none is chosen."""
    url_state.restore_several(key, names, default)
    found = st.multiselect(
        label,
        list(names),
        format_func=lambda name: names.get(name, name),
        key=key,
        placeholder=none,
        width=width,
    )
    chosen = [name for name in names if name in found]
    url_state.record(key, chosen, default)
    return chosen


def named(names: Iterable[str]) -> dict[str, str]:
    """Each name with what it is called in the visitor's language, as controls take them."""
    return {name: _(name) for name in names}


def classes(dataset: str) -> dict[str, str]:
    """Each class of a data set, by its label as text, with its name in the visitor's language."""
    return {str(label): _(name) for label, name in enumerate(datasets.DATASETS[dataset].classes)}


def seed(key: str = "seed", label: str | None = None) -> int:
    """A whole number from 0 to 9999 that makes every random choice repeatable."""
    return int(
        st.number_input(label or _("Seed"), 0, 9999, 0, key=key, width=140, bind="query-params")
    )


def temperature(meaning: str) -> float:
    """Temperature of sampling, 0 to 2: a factor of the standard deviation of the prior."""
    return st.slider(
        _("Temperature"),
        0.0,
        2.0,
        1.0,
        0.05,
        key="temperature",
        bind="query-params",
        help=meaning,
    )


def number_of_images(most: int = 20, default: int = 10) -> int:
    """How many images a row shows, from 1 to `most`."""
    return int(st.slider(_("Images"), 1, most, default, key="images", bind="query-params"))


def variants(families: Mapping[str, Sequence[str]], default: Sequence[str]) -> list[str]:
    """The chosen variants in the order of `families`, a key of `FAMILIES` -> names; may be empty.

    Every family is a group of its own, and all groups share one value of the address: it
    holds the choice, and a group only shows its part of it.
    """
    url_state.claim("variants")
    names = [name for group in families.values() for name in group]
    standard = [name for name in names if name in default]
    given = st.query_params.get_all("variants")
    selected = [name for name in names if name in given]
    if not selected and given != [""]:  # only unknown names; an empty value means none
        selected = standard
    with st.container(horizontal=True, gap="small"):
        for family, group in families.items():
            key = f"variants/{family}"
            part = [name for name in group if name in selected]
            if set(st.session_state.get(key, ())) != set(
                part
            ):  # otherwise it would undo a quick second click
                st.session_state[key] = part
            st.pills(
                _(FAMILIES[family]),
                group,
                selection_mode="multi",
                format_func=model_title,
                key=key,
                wrap=True,
                on_change=_write_variants,
                args=(families, standard),
            )
    return selected


def _write_variants(families: Mapping[str, Sequence[str]], standard: Sequence[str]) -> None:
    """Puts what all groups show into the address, where it is not the default."""
    chosen = [
        name
        for family, group in families.items()
        for name in group
        if name in st.session_state.get(f"variants/{family}", ())
    ]
    if set(chosen) != set(standard):
        st.query_params["variants"] = chosen or [""]
    elif "variants" in st.query_params:
        del st.query_params["variants"]


def downloads(files: Mapping[str, tuple[Callable[[], bytes], str]], stem: str) -> None:
    """One download button per file: its extension, a function that makes it, its MIME type."""
    with st.container(horizontal=True):
        for kind, (content, mime) in files.items():
            st.download_button(
                kind,
                content,
                f"{stem}.{kind.lower()}",
                mime,
                icon=":material/download:",
                on_click="ignore",
                key=f"download_{kind}",
            )


def choose_model(names: list[str]) -> str:
    """One of the models that have a code."""
    return pick(_("Model"), model_titles(names), "model", default=FIRST_WITH_CODES, width=190)
