"""Markdown as readers see it: rendered, then cleaned of everything that could act."""

import re

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

from models.types import name_key

_RENDER = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")
TAGS = {"p", "h2", "h3", "h4", "ul", "ol", "li", "strong", "em", "code", "pre", "blockquote", "a", "img", "table", "thead",
        "tbody", "tr", "th", "td", "hr", "br"}  # fmt: skip


def markdown(text: str) -> Markup:
    """Turn an article's words into safe HTML; its headings start at the second level and can be linked to."""
    raw = re.sub(r"<(/?)h1>", r"<\1h2>", _RENDER.render(text))
    clean = nh3.clean(raw, tags=TAGS, attributes={"a": {"href", "title"}, "img": {"src", "alt", "title"}},
                      url_schemes={"https", "http", "mailto", "tel"}, link_rel="noopener noreferrer")  # fmt: skip
    return Markup(re.sub(r"<h([23])>(.*?)</h\1>", _anchor, clean))  # noqa: S704


def _anchor(found: re.Match[str]) -> str:
    level, words = found.groups()
    key = re.sub(r"\W+", "-", name_key(re.sub("<[^>]+>", "", words))).strip("-")
    return f'<h{level} id="{key}">{words}</h{level}>' if key else found.group()
