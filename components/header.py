"""The head of a tab or a lab: its title, what it shows, where the course has it, a link to it."""

from markupsafe import Markup

from components.markup import DOT

HEADER = Markup('<h2>{}</h2><p>{} <small>{}{}<a href="?{}">{}</a></small></p>')


def header(title: str, about: str, course: str, query: str, link: str) -> Markup:
    """The head as HTML; `query` is the part of its address behind the page's own, `link` the text
    of the link to it."""
    return HEADER.format(title, about, course, DOT, query, link)
