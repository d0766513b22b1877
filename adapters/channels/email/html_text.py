"""An HTML body as plain text: nothing of a stranger's HTML is ever shown or run, only its words.

Scripts, styles, hidden parts and remote pictures are left out; links keep their address beside their words. What the
mail program marked as the letter that is answered gets `> ` before each line, so that `quotes` can cut it.
"""

from __future__ import annotations

import re
from html import unescape

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from adapters.channels.email.html_page import Page, Place

LONGEST = 2 * 1024 * 1024


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


BLOCKS = _names(
    """address article aside blockquote center dd details div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6
    header hr li main nav ol p pre section summary table tbody tfoot thead tr ul"""
)
APART = _names("p blockquote ul ol pre table h1 h2 h3 h4 h5 h6 dl hr")
"""A blank line stands before and after these."""
SKIPPED = _names(
    """applet base button canvas embed frame frameset head iframe input link math meta noframes noscript object option
    script select style svg template textarea title"""
)
HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.IGNORECASE)
QUOTES = _names("gmail_attr yahoo_quoted moz-cite-prefix protonmail_quote tutanota_quote")
"""Classes that mail programs give to the letter that is answered, or to the line above it."""
FORWARDED = re.compile(
    r"(begin )?forwarded message|(пересылаемое|пересланное|перенаправленное|начало переадресованного|"
    r"переадресованное) сообщени[ея]",
    re.IGNORECASE,
)
SAFE_LINK = re.compile(r"(https?://|mailto:|tel:)", re.IGNORECASE)
FIRST_STEPS = 40
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]*>?")
CLOSED_BY_ITSELF = _names("area br col dd dt embed hr img input li link meta p source td th tr track wbr")
DEEPEST = 1_000
"""Elements inside one another. The time to read a page grows with the square of it; no honest letter comes near."""


def text_of(html: str) -> str:
    """Never raises."""
    html = html[:LONGEST].replace("\0", "")
    if _deepest(html) > DEEPEST:
        return unescape(TAG.sub(" ", html)).strip()
    try:
        root = LexborHTMLParser(html).root
    except (SelectolaxError, ValueError, UnicodeError):
        return ""
    page = Page()
    if root is not None:
        _walk(root, page)
    return page.text()


def _deepest(html: str) -> int:
    depth = deepest = 0
    for tag in TAG.finditer(html):
        if tag[2].lower() not in CLOSED_BY_ITSELF:
            depth = max(depth - 1, 0) if tag[1] else depth + 1
            deepest = max(deepest, depth)
    return deepest


def _walk(root: LexborNode, page: Page) -> None:
    """In the document's order and without recursion: a stranger may nest as deep as he likes."""
    node: LexborNode | None = root
    while node is not None:
        entered = _enter(node, page)
        below = node.first_child if entered else None
        if below is not None:
            node = below
            continue
        if entered:
            _leave(node, page)
        node = _after(node, root, page)


def _after(node: LexborNode, root: LexborNode, page: Page) -> LexborNode | None:
    """The next node that has not been seen; elements that end on the way there are left."""
    here = node
    while here.mem_id != root.mem_id:
        if here.next is not None:
            return here.next
        above = here.parent
        if above is None:
            return None
        _leave(above, page)
        here = above
    return None


def _enter(node: LexborNode, page: Page) -> bool:
    """False: what is inside is not shown."""
    if node.is_text_node:
        page.say(node.text_content or "")
        return False
    tag = node.tag or ""
    if not node.is_element_node or tag in SKIPPED or HIDDEN.search(node.attributes.get("style") or ""):
        return False
    if tag in BLOCKS:
        page.block(apart=tag in APART)
    if _is_quote(node, tag):
        page.quotes.append(node.mem_id)
    _begin(node, tag, page)
    return True


def _begin(node: LexborNode, tag: str, page: Page) -> None:
    match tag:
        case "br":
            page.end()
        case "pre":
            page.pre += 1
        case "li":
            page.line = "- "
        case "td" | "th" if page.line.strip():
            page.line += "\t"
        case "img":
            page.say(_alt(node))
        case "a":
            page.links.append(page.place())


def _leave(node: LexborNode, page: Page) -> None:
    tag = node.tag or ""
    match tag:
        case "a":
            page.say(_link(node, page.since(page.links.pop() if page.links else Place(0, 0))))
        case "pre":
            page.pre -= 1
    if tag in BLOCKS:
        page.block()
    if page.quotes and page.quotes[-1] == node.mem_id:
        page.quotes.pop()
    if tag in APART:
        page.block(apart=True)


def _is_quote(node: LexborNode, tag: str) -> bool:
    """The letter that is answered; a letter that is passed on to us is content."""
    marked = tag == "div" and QUOTES & set((node.attributes.get("class") or "").split())
    return bool(tag == "blockquote" or marked) and not FORWARDED.search(_first_words(node))


def _first_words(node: LexborNode) -> str:
    """The text near the beginning, found in a bounded number of steps."""
    found, here = "", node.first_child
    for _ in range(FIRST_STEPS):
        if here is None:
            break
        found += here.text_content or "" if here.is_text_node else ""
        if len(found.strip()) > 100:
            break
        here = here.first_child or here.next or (here.parent.next if here.parent is not None else None)
    return found[:300]


def _alt(node: LexborNode) -> str:
    """A picture that is part of the letter stands among its files; of one elsewhere only the words remain."""
    alt = " ".join((node.attributes.get("alt") or "").split())
    return f"[{alt}]" if alt and not (node.attributes.get("src") or "").startswith("cid:") else ""


def _link(node: LexborNode, shown: str) -> str:
    """The address, where the words do not say it themselves."""
    target = (node.attributes.get("href") or "").strip()
    said = "@" in shown if target.lower().startswith("mailto:") else target.rstrip("/").lower() in shown.lower()
    return f" <{target}>" if SAFE_LINK.match(target) and shown and not said else ""
