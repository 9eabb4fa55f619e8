"""The pages: one table for the menu, the cards on Start, the README, presenting and the tests.

A new page is a file in `pages/`, a folder in `ui/views/` and a row here.
`python -m ui.base.pages ja` prints the README's table in a language.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

from ui.base.language import DEFAULT, LANGUAGES, N_, translations

FOLDER = Path(__file__).resolve().parents[2] / "pages"


@dataclass(frozen=True)
class Group:
    """Pages under one heading of the menu; the cards on Start have a longer one."""

    title: str  # "" where the menu needs no heading
    heading: str


@dataclass(frozen=True)
class Page:
    """One page. Its key is its address, its file in `pages/` and its folder in `ui/views/`."""

    title: str
    group: str  # a key of GROUPS
    icon: str  # a name of Google's Material symbols, which Streamlit brings along
    question: str  # what the page answers, in one line
    sheet: str = ""  # key of the picture sheet that a first visit shows
    chart: str = ""  # key of the chart that a first visit shows


GROUPS = {
    "main": Group("", N_("Where to go from here")),
    "anatomy": Group(N_("Anatomy"), N_("Anatomy: why it works")),
    "applications": Group(N_("Applications"), N_("Applications: what it is good for")),
}

PAGES = {
    "start": Page(
        N_("Start"),
        "main",
        "home",
        N_("What does a bottleneck keep of an image?"),
        sheet="out",
        chart="code",
    ),
    "learn": Page(
        N_("Learn"),
        "main",
        "school",
        N_("The field in sixteen short steps, each with a live illustration."),
        chart="neuron",
    ),
    "denoise": Page(
        N_("Denoise"),
        "main",
        "blur_on",
        N_("Which model restores noisy, incomplete, small or blurred images best?"),
        sheet="denoised",
        chart="psnr_bars",
    ),
    "compare": Page(
        N_("Compare"),
        "main",
        "compare",
        N_("What does each variant keep of the same images, and at what size?"),
        sheet="compared",
    ),
    "latent_space": Page(
        N_("Latent space"),
        "main",
        "scatter_plot",
        N_("Where do ten thousand images lie in the latent space, and what lies between them?"),
        sheet="interpolation",
        chart="latent_map",
    ),
    "generate": Page(
        N_("Generate"),
        "main",
        "draw",
        N_("Do generated images show the requested labels, and are they new?"),
        sheet="generated",
    ),
    "train": Page(
        N_("Train one"),
        "main",
        "model_training",
        N_("How do layers, optimiser, learning rate and noise change a training?"),
        sheet="live",
    ),
    "bottleneck": Page(
        N_("Bottleneck"),
        "anatomy",
        "compress",
        N_("What does a smaller latent dimension lose, and how many bytes does it save?"),
        sheet="at_width",
        chart="error_by_width",
    ),
    "depth": Page(
        N_("Depth"),
        "anatomy",
        "layers",
        N_("In which layers does the gradient vanish, and what does pretraining change?"),
        sheet="units",
        chart="layer_norms",
    ),
    "kl_and_beta": Page(
        N_("KL and beta"),
        "anatomy",
        "balance",
        N_("How does the weight of the KL term trade reconstruction against samples?"),
        sheet="traversal",
        chart="kl_bars",
    ),
    "sparsity": Page(
        N_("Sparsity"),
        "anatomy",
        "grain",
        N_("Which few of many units reconstruct an image?"),
        sheet="built",
        chart="activity",
    ),
    "contraction": Page(
        N_("Contraction"),
        "anatomy",
        "close_fullscreen",
        N_("Which changes of an image does the code ignore, and which does it follow?"),
        sheet="perturbed",
        chart="gains",
    ),
    "anomalies": Page(
        N_("Anomalies"),
        "applications",
        "troubleshoot",
        N_("Which images do not belong to the normal class, and where do they differ?"),
        sheet="pictures",
        chart="roc",
    ),
    "clusters": Page(
        N_("Clusters"),
        "applications",
        "bubble_chart",
        N_("Which groups are there in images without labels?"),
        sheet="typical",
        chart="clusters_map",
    ),
    "few_labels": Page(
        N_("Few labels"),
        "applications",
        "sell",
        N_("What accuracy do ten to a thousand labels give, on pixels and on codes?"),
        sheet="drawn",
        chart="curves",
    ),
    "augmentation": Page(
        N_("Augmentation"),
        "applications",
        "library_add",
        N_("Do synthetic images improve a classifier that has few real ones?"),
        sheet="made",
        chart="accuracy",
    ),
    "morph": Page(
        N_("Morph"),
        "applications",
        "animation",
        N_("What lies between two images, and what becomes of one under another label?"),
        sheet="strips",
    ),
}


def in_group(group: str) -> dict[str, Page]:
    """The pages of a group, a key of GROUPS, in menu order."""
    return {key: page for key, page in PAGES.items() if page.group == group}


def script(key: str) -> Path:
    """The file of a page."""
    return FOLDER / f"{key}.py"


def markdown(language: str = DEFAULT) -> str:
    """The README's table: the title and the question of each page, below its group's title."""
    known = {} if language == DEFAULT else translations(language)

    def _(text: str) -> str:
        return known.get(text, text)

    page, question = _("Page"), _("Question")
    lines = [f"| {page} | {question} |", "|---|---|"]
    for key, group in GROUPS.items():
        lines += [f"| *{_(group.title)}* | |"] if group.title else []
        lines += [f"| **{_(p.title)}** | {_(p.question)} |" for p in in_group(key).values()]
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Print the README's table of pages as Markdown.")
    parser.add_argument("language", nargs="?", default=DEFAULT, choices=LANGUAGES)
    print(markdown(parser.parse_args().language))
