"""Messages to send: each builder gives a ``Message``, to be passed as ``content=``.

>>> client.im.v1.message.create(receive_id_type="chat_id", receive_id="oc_1", content=message.text("hello"))
"""

from __future__ import annotations

from ._native import build_message, escape, mention, mention_all, parse_message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

__all__ = [
    "Message",
    "audio",
    "card",
    "escape",
    "file",
    "image",
    "interactive",
    "media",
    "mention",
    "mention_all",
    "parse",
    "post",
    "share_chat",
    "share_user",
    "sticker",
    "system",
    "text",
]


class Message:
    """A message to send: given as ``content=`` it fills ``msg_type`` too."""

    __slots__ = ("content", "msg_type")

    msg_type: str
    """``text``, ``post``, ``image``, ``interactive``, …"""
    content: str
    """The content as JSON text."""

    def __init__(self, msg_type: str, content: str) -> None:
        self.msg_type = msg_type
        self.content = content

    def __repr__(self) -> str:
        return f"Message({self.msg_type!r}, {self.content!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and (self.msg_type, self.content) == (other.msg_type, other.content)

    def __hash__(self) -> int:
        return hash((self.msg_type, self.content))


def text(text: str) -> Message:
    """A text; ``mention``, ``mention_all`` and ``escape`` make its parts."""
    return _built("text", text=text)


def post(
    content: Sequence[Sequence[Mapping[str, Any]]] | Mapping[str, Any], *, title: str | None = None, locale: str | None = None
) -> Message:
    """A rich text: paragraphs, each a list of nodes; or ``{title, content}`` by locale. ``locale`` is ``"zh_cn"`` by default."""
    return _built("post", content=content, title=title, locale=locale)


def image(image_key: str) -> Message:
    """An image that was uploaded."""
    return _built("image", image_key=image_key)


def file(file_key: str) -> Message:
    """A file that was uploaded."""
    return _built("file", file_key=file_key)


def audio(file_key: str) -> Message:
    """A sound that was uploaded as opus."""
    return _built("audio", file_key=file_key)


def media(file_key: str, image_key: str | None = None) -> Message:
    """A video that was uploaded, with the image of its cover."""
    return _built("media", file_key=file_key, image_key=image_key)


def sticker(file_key: str) -> Message:
    """A sticker that the bot was sent."""
    return _built("sticker", file_key=file_key)


def interactive(
    card: Mapping[str, Any] | str | None = None,
    *,
    card_id: str | None = None,
    template_id: str | None = None,
    template_version_name: str | None = None,
    template_variable: Mapping[str, Any] | None = None,
) -> Message:
    """A card: itself, by its id, or a template with its variables."""
    return _built(
        "interactive",
        card=card,
        card_id=card_id,
        template_id=template_id,
        template_version_name=template_version_name,
        template_variable=template_variable,
    )


card = interactive


def share_chat(chat_id: str) -> Message:
    """The card of a chat that the bot is in."""
    return _built("share_chat", chat_id=chat_id)


def share_user(user_id: str) -> Message:
    """The card of a person, by open id."""
    return _built("share_user", user_id=user_id)


def system(text: str, *, i18n_text: Mapping[str, str] | None = None, need_rollup: bool | None = None) -> Message:
    """A divider line with a text; in chats with one person only."""
    return _built("system", text=text, i18n_text=i18n_text, need_rollup=need_rollup)


def parse(message: Mapping[str, Any]) -> str:
    """The text of a received message (``event.message``), mentions resolved to ``@name``."""
    return parse_message(message)


def _built(kind: str, **arguments: Any) -> Message:
    return Message(*build_message(kind, arguments))
